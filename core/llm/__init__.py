"""The owner's language model: any OpenAI-compatible endpoint, or several, behind one small port."""

from core.llm.port import Answer, LanguageModel, Limits, Role, Usage

__all__ = ["Answer", "LanguageModel", "Limits", "Role", "Usage"]
