"""What a model server can do: real ones differ in this."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Abilities:
    """`context` is the tokens of one request, prompt and answer. A server without `json_schema` ignores it silently,
    one without `tools` refuses them, as vLLM does; `usage` is whether streams tell it when asked to, `cached` whether
    cached tokens are told, `length_told` whether /v1/models tells the context (`max_model_len`). `dimensions` is the
    length of its embeddings.
    """

    context: int = 32_768
    json_schema: bool = True
    tools: bool = True
    streaming: bool = True
    usage: bool = True
    cached: bool = True
    length_told: bool = True
    dimensions: int = 64
