"""The assistant in JupyterLab's chat: it talks to Ollama on this computer."""

import asyncio
import importlib.util
import json
import os
from urllib.error import HTTPError, URLError
from urllib.request import getproxies_environment, proxy_bypass_environment, urlopen

c = get_config()  # noqa: F821 (Jupyter gives it to this file)

# Whom the assistant may talk to. A company's name here, such as "openai", brings its models into the list below the chat,
# and lets what is written to one of them leave this computer. Its key goes into .env.
PROVIDERS = ["ollama", "ollama_chat"]
# The model that the chat begins with.
c.JupyternautExtension.initial_language_model = "ollama_chat/llama3.2"

# Otherwise each start asks a server elsewhere for a list of prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
# What one says to the assistant is recorded nowhere, whatever the environment says.
os.environ["LANGSMITH_TRACING"] = "false"
# As a number: behind the name localhost another user's program can listen, too.
os.environ.setdefault("OLLAMA_API_BASE", "http://127.0.0.1:11434")
# Nor does a proxy read what is said on this computer.
if getproxies_environment() and not proxy_bypass_environment("127.0.0.1"):
    others = [getproxies_environment().get("no"), "127.0.0.1", "localhost"]
    os.environ["no_proxy"] = ",".join(filter(None, others))


def models_of_ollama():
    """Those on this computer that can talk; none while Ollama does not run."""
    try:
        with urlopen(os.environ["OLLAMA_API_BASE"] + "/api/tags", timeout=2) as answer:
            models = json.load(answer)["models"] or []
    except (OSError, ValueError, KeyError):
        return []
    # Ollama passes on to a company what is said to one with a remote_host.
    here = [model for model in models if not model.get("remote_host")]
    return [
        f"ollama_chat/{model['name'].removesuffix(':latest')}"
        for model in here
        if "completion" in model.get("capabilities", ["completion"])
    ]


def problem_with(name):
    """Why Ollama cannot answer with this model, and what to type; None where nothing is known to be wrong."""
    question = json.dumps({"model": name}).encode()
    try:
        urlopen(os.environ["OLLAMA_API_BASE"] + "/api/show", question, timeout=5).close()
    except HTTPError as error:
        if error.code == 404:
            command = f"ollama pull {name}"
            return f"Ollama has no model {name} yet.\n\nNext: in a terminal, type `{command}`"
    except URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return "Ollama does not run.\n\nNext: in a terminal, type `lab restart ollama`"
    except OSError:
        pass  # it is slow, and the answer may come all the same
    return None


# JupyternautExtension.allowed_providers does nothing of what it says (jupyter-ai-jupyternaut 0.1.0), so this does.
# JupyterLab loads these modules anyway.
if importlib.util.find_spec("jupyter_ai_jupyternaut"):
    import litellm
    from litellm.integrations.custom_logger import CustomLogger

    class OnlyProviders(CustomLogger):
        """Sees every question before it is sent, whoever has chosen its model, and by which name."""

        async def async_pre_call_deployment_hook(self, kwargs, call_type):
            model, chosen = kwargs["model"], kwargs.get("custom_llm_provider")
            provider = chosen or model.partition("/")[0]
            if provider not in PROVIDERS:
                raise PermissionError(
                    f"{model} is not a model on this computer, so it was sent nothing.\n\n"
                    "Next: choose another one at *Model* below. Or let the assistant talk to "
                    f"`{provider}`: add that to `PROVIDERS` in `jupyter/jupyter_server_config.py`, "
                    "then type `start --again` in a terminal."
                )
            if provider.startswith("ollama"):
                name = model.partition("/")[2]
                if problem := await asyncio.to_thread(problem_with, name):
                    raise RuntimeError(problem)

    litellm.callbacks.append(OnlyProviders())

    def models():
        """What the lists of models show."""
        elsewhere = set(PROVIDERS) - {"ollama", "ollama_chat"}
        companies = [
            f"{spec['litellm_provider']}/{name.removeprefix(spec['litellm_provider'] + '/')}"
            for name, spec in litellm.model_cost.items()
            if spec.get("mode") == "chat" and spec.get("litellm_provider") in elsewhere
        ]
        return models_of_ollama() + sorted(companies)

    # Last, because these are private: where a later version has them elsewhere, companies are refused all the same.
    from jupyter_ai_jupyternaut.jupyternaut import jupyternaut
    from jupyter_ai_jupyternaut.models import litellm_models_rest_api

    jupyternaut._litellm_chat_models = models
    litellm_models_rest_api._litellm_chat_models = models
