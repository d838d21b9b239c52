"""What to install for an import: the name of a distribution isn't always that of its package."""

from __future__ import annotations

_DISTRIBUTIONS = {
    "yaml": "PyYAML",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
    "dateutil": "python-dateutil",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "github": "PyGithub",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "serial": "pyserial",
    "slugify": "python-slugify",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "Crypto": "pycryptodome",
    "attr": "attrs",
    "tavily": "tavily-python",
    "telegram": "python-telegram-bot",
    "discord": "discord.py",
    "faiss": "faiss-cpu",
    "weaviate": "weaviate-client",
    "pinecone": "pinecone",
    "chromadb": "chromadb",
    "websocket": "websocket-client",
    "win32api": "pywin32",
    "zmq": "pyzmq",
    "ruamel": "ruamel.yaml",
    "pkg_resources": "setuptools",
    "google.generativeai": "google-generativeai",
    "google.genai": "google-genai",
    "google.cloud.storage": "google-cloud-storage",
    "google.protobuf": "protobuf",
    "azure.identity": "azure-identity",
    "workflows": "llama-index-workflows",
    "llama_cloud_services": "llama-cloud-services",
    "llama_index": "llama-index",
    "llama_index.core": "llama-index-core",
}
_KINDS = frozenset({
    "agent", "callbacks", "embeddings", "evaluation", "extractors", "finetuning", "graph_stores", "graph_rag",
    "indices", "ingestion", "llms", "memory", "multi_modal_llms", "network", "node_parser", "observability",
    "output_parsers", "packs", "postprocessor", "program", "protocols", "question_gen", "readers",
    "response_synthesizers", "retrievers",
    "selectors", "sparse_embeddings", "storage", "tools", "utils", "vector_stores", "voice_agents",
    "workflows",
})  # fmt: skip
"""The kinds of integration that LlamaIndex publishes: `llama_index.<kind>.<name>` each has a distribution."""


def distribution_of(module: str) -> str:
    """The distribution that provides a dotted module: `yaml` -> PyYAML, `llama_index.llms.openai` -> its own."""
    parts = module.split(".")
    if parts[0] == "llama_index" and len(parts) > 1 and parts[1] in _KINDS:
        # Storage has a level more: llama_index.storage.kvstore.redis.
        length = 4 if parts[1] == "storage" else 3
        return "-".join(parts[:length]).replace("_", "-")
    for length in range(len(parts), 0, -1):
        known = _DISTRIBUTIONS.get(".".join(parts[:length]))
        if known:
            return known
    return parts[0]


def advice(module: str) -> str:
    """What to do about a module that isn't installed."""
    return f"Install it with `pip install {distribution_of(module)}`, then try again."
