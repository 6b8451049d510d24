"""Tiny, randomly initialised vision-language models of several architectures, with processors, written to disk.

The tokenizer is trained on the toolkit's own templates; the chat templates are short ones in each family's manner. The
models say nonsense: what is tested is that every architecture is loaded, fed, batched and read.
"""

import json
from pathlib import Path

import torch

from rsica_data import tasks

WORDS = [
    path.read_text(encoding="utf-8") for path in sorted((Path(tasks.__file__).parent / "templates").glob("*.yaml"))
]


def tokenizer(special, texts=WORDS, **tokens):
    """A byte-level BPE tokenizer of at most 600 entries, learnt from ``texts``, that knows ``special`` tokens whole."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=600, special_tokens=["<pad>", "<eos>", "<bos>", *special], initial_alphabet=alphabet
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>", padding_side="left", **tokens
    )


QWEN_IDS = {
    "<|im_start|>": 151644, "<|im_end|>": 151645, "<|vision_start|>": 151652, "<|vision_end|>": 151653,
    "<|image_pad|>": 151655, "<|video_pad|>": 151656,
}  # fmt: skip


def with_ids(words, ids):
    """The tokenizer with other ids for some of its tokens."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    state = json.loads(words.backend_tokenizer.to_str())
    state["model"]["vocab"].update(ids)
    for token in state["added_tokens"]:
        token["id"] = ids.get(token["content"], token["id"])
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(state)), pad_token="<pad>", eos_token="<eos>",
        bos_token="<bos>", padding_side="left",
    )  # fmt: skip


def chat(image_mark, turn="<turn>"):
    """A chat template: a line a message, images before the text."""
    return (
        "{% for message in messages %}" + turn + "{{ message['role'] }}\n"
        "{% for part in message['content'] %}"
        "{% if part['type'] == 'image' %}" + image_mark + "{% else %}{{ part['text'] }}{% endif %}"
        "{% endfor %}\n{% endfor %}"
        "{% if add_generation_prompt %}" + turn + "assistant\n{% endif %}"
    )


TEXT = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 4096, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
    "tie_word_embeddings": False,
}  # fmt: skip
VISION = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 56,
    "patch_size": 14,
}  # fmt: skip
SIGLIP = {"model_type": "siglip_vision_model", **VISION, "vision_use_head": False}


def qwen2_vl(folder, text=None, vision=None, pixels=(56 * 56, 56 * 84), device="cpu", dtype=None, published=False):
    """Images as grids of 14-pixel patches, of any number and size; larger with other ``text`` and ``vision`` sizes.

    Where ``published``, marks have the ids of the published tokenizer, which some trainers know by heart.
    """
    import transformers as t

    special = ["<turn>", "<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"]
    words = with_ids(tokenizer([*special, "<|im_start|>", "<|im_end|>"]), QWEN_IDS) if published else tokenizer(special)
    ids = {name: words.convert_tokens_to_ids(name) for name in special}
    config = t.Qwen2VLConfig(
        text_config={
            **TEXT, "vocab_size": max(words.get_vocab().values()) + 1, **(text or {}),
            "rope_parameters": {
                "rope_type": "default", "rope_theta": 10000.0, "mrope_section": [16, 24, 24] if text else [1, 1, 2],
            },
        },
        vision_config={
            "depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2, "patch_size": 14,
            "spatial_merge_size": 2, "temporal_patch_size": 2, **(vision or {}),
        },
        image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
    )  # fmt: skip
    images = t.Qwen2VLImageProcessorPil(min_pixels=pixels[0], max_pixels=pixels[1])
    with torch.device(device):
        model = t.Qwen2VLForConditionalGeneration(config).to(dtype or torch.float32)
    return save(folder, model, images, words, "Qwen2VLProcessor", chat("<|vision_start|><|image_pad|><|vision_end|>"))


def idefics3(folder):
    """Images resized to one square and split into tiles; any number of them."""
    import transformers as t

    rows = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    special = ["<turn>", "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>", *rows]
    words = tokenizer(special)
    config = t.Idefics3Config(
        text_config={"model_type": "llama", **TEXT, "vocab_size": len(words)},
        vision_config=VISION,
        image_token_id=words.convert_tokens_to_ids("<image>"), scale_factor=2, tie_word_embeddings=False,
    )  # fmt: skip
    images = t.Idefics3ImageProcessorPil(
        size={"longest_edge": 112}, max_image_size={"longest_edge": 56}, do_image_splitting=True
    )
    model = t.Idefics3ForConditionalGeneration(config)
    return save(folder, model, images, words, "Idefics3Processor", chat("<image>"), image_seq_len=4)


def paligemma(folder):
    """One image a question, no chat template."""
    import transformers as t

    words = tokenizer(["<image>"])
    text = {key: value for key, value in TEXT.items() if key != "tie_word_embeddings"}
    config = t.PaliGemmaConfig(
        text_config={"model_type": "gemma", **text, "head_dim": 8, "vocab_size": 1800},
        vision_config={**SIGLIP, "projection_dim": 32},
        image_token_index=words.convert_tokens_to_ids("<image>"), projection_dim=32, hidden_size=32,
    )  # fmt: skip
    images = t.SiglipImageProcessorPil(size={"height": 56, "width": 56}, image_seq_length=16)
    return save(folder, t.PaliGemmaForConditionalGeneration(config), images, words, "PaliGemmaProcessor", None)


def llava_onevision(folder, published=False):
    """Images as a base view and tiles of any aspect.

    Where ``published``, marks have the ids of the published tokenizer.
    """
    import transformers as t

    special = ["<turn>", "<image>", "<video>"]
    ids = {"<|im_start|>": 151644, "<|im_end|>": 151645, "<image>": 151646, "<video>": 151647}
    words = with_ids(tokenizer([*special, *list(ids)[:2]]), ids) if published else tokenizer(special)
    pins = [[56, 56], [56, 112], [112, 56], [112, 112]]
    config = t.LlavaOnevisionConfig(
        text_config={"model_type": "qwen2", **TEXT, "vocab_size": max(words.get_vocab().values()) + 1},
        vision_config={**SIGLIP},
        image_token_index=words.convert_tokens_to_ids("<image>"),
        video_token_index=words.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=pins,
    )  # fmt: skip
    images = t.LlavaOnevisionImageProcessorPil(size={"height": 56, "width": 56}, image_grid_pinpoints=pins)
    return save(
        folder, t.LlavaOnevisionForConditionalGeneration(config), images, words, "LlavaOnevisionProcessor",
        chat("<image>\n"), num_image_tokens=16, vision_feature_select_strategy="full",
    )  # fmt: skip


def two_billion(folder, device):
    """A Qwen2-VL of about 2 billion parameters in bfloat16, as the published one but for its vocabulary."""
    text = {
        "hidden_size": 1536, "intermediate_size": 8960, "num_hidden_layers": 28, "num_attention_heads": 12,
        "num_key_value_heads": 2,
    }  # fmt: skip
    vision = {"depth": 32, "embed_dim": 1280, "hidden_size": 1536, "num_heads": 16, "mlp_ratio": 4}
    return qwen2_vl(folder, text, vision, (56 * 56, 256 * 256), device, torch.bfloat16)


def causal(folder, template=True):
    """A language model of 64 dimensions without images, for chat where ``template``.

    Its tokens are single bytes, so that what it says by chance holds no word.
    """
    import transformers as t

    words = tokenizer(["<turn>"], texts=[])
    if template:
        words.chat_template = (
            "{% for message in messages %}<turn>{{ message['role'] }}\n{{ message['content'] }}\n{% endfor %}"
            "{% if add_generation_prompt %}<turn>assistant\n{% endif %}"
        )
    torch.manual_seed(0)
    # With weights as small as usual, what it says would hardly depend on the prompt.
    sizes = TEXT | {"hidden_size": 64, "max_position_embeddings": 16384, "initializer_range": 0.4}
    model = t.LlamaForCausalLM(t.LlamaConfig(**sizes, vocab_size=len(words)))
    model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, 1
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def clip(folder):
    """A CLIP of 32 dimensions."""
    import transformers as t

    words = tokenizer([])
    text = {key: TEXT[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")}
    ids = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    config = t.CLIPConfig(
        text_config={**text, **ids, "vocab_size": len(words), "max_position_embeddings": 77, "projection_dim": 32},
        vision_config={**VISION, "projection_dim": 32}, projection_dim=32,
    )  # fmt: skip
    images = t.CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    words.model_max_length = 77
    t.CLIPModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    images.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": "CLIPProcessor"}))
    return folder


ALL = (qwen2_vl, idefics3, llava_onevision, paligemma)


def save(folder, model, images, words, processor, template, **settings):
    """Write a model and its parts as a repository has them."""
    model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, 1
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    images.save_pretrained(folder)
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": processor, **settings}))
    return folder
