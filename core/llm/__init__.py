"""The owner's language model: any OpenAI-compatible endpoint, or several, behind one small port."""

from core.llm.port import Answer, LanguageModel, Limits, Offer, Role, Usage, WrittenCall

__all__ = ["Answer", "LanguageModel", "Limits", "Offer", "Role", "Usage", "WrittenCall"]
