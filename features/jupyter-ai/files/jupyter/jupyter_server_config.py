"""The assistant in JupyterLab's chat: it begins with a model on this computer."""

import os

c = get_config()  # noqa: F821 (Jupyter gives it to this file)

# The model that the chat begins with. Others: Settings → Jupyternaut settings, as ollama_chat/NAME.
c.JupyternautExtension.initial_language_model = "ollama_chat/llama3.2"
c.JupyternautExtension.allowed_providers = ["ollama", "ollama_chat"]

# Otherwise each start asks a server elsewhere for a list of prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
# What one says to the assistant is recorded nowhere, whatever the environment says.
os.environ["LANGSMITH_TRACING"] = "false"
