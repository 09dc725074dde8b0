#!/usr/bin/env python3
r"""Records every stage of one forward pass of Qwen2-VL in transformers, for `loupe compare`.

    loupe trace --script > trace.py
    python3 trace.py --model Qwen/Qwen2-VL-2B-Instruct --dtype float16 --attention eager \
        --device cuda --out gpu.safetensors photo.jpg
    loupe trace -m Qwen/Qwen2-VL-2B-Instruct --dtype float16 --attention eager photo.jpg \
        --out loupe.safetensors
    loupe compare gpu.safetensors loupe.safetensors

Needs torch, transformers 4.45 or later, pillow and safetensors; torchvision is not needed. It uses
hooks only: neither the model's code nor its numbers change. The file holds input_ids, position_ids,
pixel_values, grid_thw, visual.patch_embed, visual.blocks.N, visual.merger, inputs_embeds, layers.N,
norm and logits, each in the type that the model computed it in, and with --attention eager
visual.attention.N.nonfinite and attention.N.nonfinite: head, query and key of each score that is
not finite before scaling and mask, and 0 for NaN, 1 or -1 for infinity.
"""
import argparse
import importlib
import inspect
import os
import sys

SYSTEM = "You are a helpful assistant."


def options():
    text = __doc__.split("\n\n")
    parser = argparse.ArgumentParser(
        description=text[0],
        epilog="\n\n".join(text[1:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("pictures", nargs="*", metavar="PICTURE", help="none, one or several, before the text")
    add("-m", "--model", required=True, help="a model folder, or a name on the Hugging Face hub")
    add("-o", "--out", required=True, metavar="FILE", help="the safetensors file to write")
    add("--prompt", default="Describe this image.", help="the text; default: %(default)s")
    add("--dtype", default="float32", choices=["float32", "bfloat16", "float16"],
        help="default: %(default)s")
    add("--attention", default="sdpa",
        help="eager, sdpa, or another attn_implementation; default: %(default)s")
    add("--device", help="such as cuda, cuda:1, mps or cpu; default: cuda if there is one")
    add("--min-pixels", type=int, help="default: as the model's preprocessor_config.json says")
    add("--max-pixels", type=int, help="likewise")
    add("--fast-processor", action="store_true",
        help="resize with torchvision; default: with Pillow, as Loupe does")
    args = parser.parse_args()
    for path in args.pictures:
        if not os.path.isfile(path):
            parser.error(f"{path}: expected a picture, found no such file")
    if not os.path.isdir(os.path.dirname(os.path.abspath(args.out))):
        parser.error(f"{args.out}: expected a folder to write into, found none; create it first")
    return args


def picture(path):
    """Upright and in RGB; what is transparent becomes white."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode in ("PA", "LA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.split()[3])
        return white
    return image.convert("RGB")


def image_processor(args):
    """Pillow's processor has other names in transformers 4 and 5."""
    places = [
        ("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl", "Qwen2VLImageProcessorPil"),
        ("transformers.models.qwen2_vl.image_processing_qwen2_vl", "Qwen2VLImageProcessor"),
    ]
    if args.fast_processor:
        places = [
            ("transformers.models.qwen2_vl.image_processing_qwen2_vl_fast",
             "Qwen2VLImageProcessorFast"),
            ("transformers.models.qwen2_vl.image_processing_qwen2_vl", "Qwen2VLImageProcessor"),
        ]
    found = None
    for module, name in places:
        try:
            found = getattr(importlib.import_module(module), name)
            break
        except (ImportError, AttributeError):
            continue
    if found is None:
        sys.exit("transformers: expected an image processor of Qwen2-VL, found none of %s"
                 % ", ".join(name for _, name in places))
    limits = {"min_pixels": args.min_pixels, "max_pixels": args.max_pixels}
    return found.from_pretrained(args.model, **{k: v for k, v in limits.items() if v is not None})


def prepare(args):
    """The inputs of the model on the CPU: the published template, pictures before the text."""
    import torch
    from transformers import AutoTokenizer

    inputs = {}
    slots = ""
    if args.pictures:
        processor = image_processor(args)
        merged = getattr(processor, "merge_size", 2) ** 2
        patches, grids = [], []
        for path in args.pictures:  # One by one: the sizes of others must not matter.
            done = processor(images=[picture(path)], return_tensors="pt")
            patches.append(done["pixel_values"])
            grids.append(done["image_grid_thw"])
            pads = int(done["image_grid_thw"][0].prod()) // merged
            slots += "<|vision_start|>" + "<|image_pad|>" * pads + "<|vision_end|>"
        inputs["pixel_values"] = torch.cat(patches)
        inputs["image_grid_thw"] = torch.cat(grids)
    text = (
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n"
        f"<|im_start|>user\n{slots}{args.prompt}<|im_end|>\n<|im_start|>assistant\n"
    )
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    inputs["input_ids"] = ids
    inputs["attention_mask"] = torch.ones_like(ids)
    pad = tokenizer.convert_tokens_to_ids("<|image_pad|>")
    inputs["mm_token_type_ids"] = (ids == pad).int()  # transformers 5
    return inputs


def load(args):
    import torch
    import transformers

    dtype = getattr(torch, args.dtype)
    name = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
    model = transformers.Qwen2VLForConditionalGeneration.from_pretrained(
        args.model, attn_implementation=args.attention, **{name: dtype}
    )
    return model.to(args.device).eval()


def towers(model):
    """The vision tower and the decoder, which moved in transformers 4.52."""
    inner = model.model
    visual = inner.visual if hasattr(inner, "visual") else model.visual
    return visual, getattr(inner, "language_model", inner)


class Recorder:
    """Keeps what the hooks see, by the names of Loupe's stages."""

    def __init__(self):
        self.stages = {}

    def keep(self, name, value):
        """The tower may run twice, for pictures and for clips."""
        value = value.detach()
        if value.dim() == 3 and value.shape[0] == 1:
            value = value[0]
        value = value.cpu().clone()
        if name in self.stages:
            import torch

            value = torch.cat([self.stages[name], value])
        self.stages[name] = value

    def output(self, module, name):
        def hook(_, args, result):
            if isinstance(result, tuple):
                result = result[0]
            self.keep(name, getattr(result, "last_hidden_state", result))

        module.register_forward_hook(hook)

    def embeddings(self, layer):
        def hook(_, args, kwargs):
            self.keep("inputs_embeds", args[0] if args else kwargs["hidden_states"])

        layer.register_forward_pre_hook(hook, with_kwargs=True)

    def positions(self, decoder):
        """What the rotary embedding is given: the same in all versions."""

        def hook(_, args, kwargs):
            ids = kwargs.get("position_ids", args[1] if len(args) > 1 else None)
            if ids is not None and "position_ids" not in self.stages:
                ids = ids if ids.dim() == 3 else ids[None]
                self.stages["position_ids"] = ids[:, 0].expand(3, -1).cpu().long().clone()

        for name, module in decoder.named_modules():
            if name.split(".")[-1] == "rotary_emb":
                module.register_forward_pre_hook(hook, with_kwargs=True)


def scores(recorder, visual, decoder):
    """Sees the products of queries and keys: every other square product inside an attention."""
    import torch
    from torch.overrides import TorchFunctionMode

    products = (torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__, torch.bmm)

    class Mode(TorchFunctionMode):
        name = None

        def __torch_function__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            if self.name is not None and function in products:
                self.product(result)
            return result

        def begin(self, name, size, frames=None):
            self.name, self.size, self.frames = name, size, frames
            self.seen, self.first, self.rows = 0, 0, []

        def product(self, s):
            """In the decoder [1, heads, n, n]; in the tower so for each frame, or all at once."""
            if s.dim() == 4 and s.shape[0] == 1:
                s = s[0]
            if s.dim() != 3 or self.first == self.size:
                return
            self.seen += 1
            if self.seen % 2 == 0 or s.shape[1] != s.shape[2]:
                return  # Weights with values.
            bad = ~torch.isfinite(s)
            value = s[bad]
            kind = torch.where(torch.isnan(value), torch.zeros_like(value), torch.sign(value))
            place = bad.nonzero().cpu()
            place[:, 1:] += self.first
            rows = torch.cat([place, torch.nan_to_num(kind).long().cpu()[:, None]], 1)
            if self.frames is not None:
                rows = rows[self.frames[rows[:, 1]] == self.frames[rows[:, 2]]]
            self.rows.append(rows.int())
            self.first += s.shape[1]

        def end(self, *_):
            if self.rows:
                recorder.stages[self.name] = torch.cat(self.rows)[: 1 << 24]
            self.name = None

    mode = Mode()

    def in_decoder(layer):
        def hook(_, args, kwargs):
            hidden = args[0] if args else kwargs["hidden_states"]
            mode.begin(f"attention.{layer}.nonfinite", hidden.shape[1])

        return hook

    def in_tower(block):
        def hook(_, args, kwargs):
            hidden = args[0] if args else kwargs["hidden_states"]
            sizes = [h * w for t, h, w in recorder.stages["grid_thw"].tolist() for _ in range(t)]
            frames = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
            mode.begin(f"visual.attention.{block}.nonfinite", hidden.shape[0], frames)

        return hook

    for i, layer in enumerate(decoder.layers):
        layer.self_attn.register_forward_pre_hook(in_decoder(i), with_kwargs=True)
        layer.self_attn.register_forward_hook(mode.end)
    for i, block in enumerate(visual.blocks):
        block.attn.register_forward_pre_hook(in_tower(i), with_kwargs=True)
        block.attn.register_forward_hook(mode.end)
    return mode


def main():
    args = options()
    try:
        import torch
        import transformers
        from safetensors.torch import save_file
    except ImportError as e:
        sys.exit(f"{e}; pip install torch transformers pillow safetensors")
    args.device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")

    inputs = prepare(args)
    model = load(args)
    visual, decoder = towers(model)
    recorder = Recorder()
    recorder.output(visual.patch_embed, "visual.patch_embed")
    for i, block in enumerate(visual.blocks):
        recorder.output(block, f"visual.blocks.{i}")
    recorder.output(visual.merger, "visual.merger")
    recorder.embeddings(decoder.layers[0])
    recorder.positions(decoder)
    for i, layer in enumerate(decoder.layers):
        recorder.output(layer, f"layers.{i}")
    recorder.output(decoder.norm, "norm")
    recorder.output(model.lm_head, "logits")

    recorder.stages["input_ids"] = inputs["input_ids"][0].clone()
    if "pixel_values" in inputs:
        recorder.stages["pixel_values"] = inputs["pixel_values"].float()
        recorder.stages["grid_thw"] = inputs["image_grid_thw"].long()

    if not hasattr(model.model, "get_rope_index") and hasattr(model, "get_rope_index"):
        # Before transformers 4.52; the first of them ask for positions outside of generate().
        grids = inputs.get("image_grid_thw")
        positions = model.get_rope_index(
            inputs["input_ids"], grids, None, inputs["attention_mask"]
        )
        inputs["position_ids"] = positions[0]
    accepted = inspect.signature(model.forward).parameters
    inputs = {k: v.to(args.device) for k, v in inputs.items() if k in accepted}
    with torch.no_grad():
        if args.attention == "eager":
            with scores(recorder, visual, decoder):
                model(**inputs, use_cache=False)
        else:
            model(**inputs, use_cache=False)

    cuda = args.device.startswith("cuda")
    said = {
        "format": "pt",
        "model": args.model,
        "prompt": args.prompt,
        "dtype": args.dtype,
        "attention": args.attention,
        "device": torch.cuda.get_device_name(args.device) if cuda else args.device,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    save_file({k: v.contiguous() for k, v in recorder.stages.items()}, args.out, metadata=said)
    print(f"{args.out}: {len(recorder.stages)} stages")


if __name__ == "__main__":
    main()
