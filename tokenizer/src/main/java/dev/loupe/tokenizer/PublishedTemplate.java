package dev.loupe.tokenizer;

/**
 * The chat template that Qwen2-VL-Instruct is published with, as the Jinja program of its {@code
 * chat_template.json}. Loupe never runs it, nor any other: a program in a model's files is a
 * stranger's. {@link ChatTemplate} gives the same text.
 */
public final class PublishedTemplate {

  private static final String QWEN2_VL =
      "{% set image_count = namespace(value=0) %}"
          + "{% set video_count = namespace(value=0) %}{% for message in messages %}"
          + "{% if loop.first and message['role'] != 'system' %}"
          + "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
          + "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
          + "{{ message['content'] }}<|im_end|>\n{% else %}"
          + "{% for content in message['content'] %}"
          + "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
          + "{% set image_count.value = image_count.value + 1 %}{% if add_vision_id %}"
          + "Picture {{ image_count.value }}: {% endif %}"
          + "<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %}"
          + "{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}"
          + "Video {{ video_count.value }}: {% endif %}"
          + "<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}"
          + "{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  private PublishedTemplate() {}

  /**
   * Whether a template of a model is this one. Line ends of Windows and blanks at the end do not
   * count; all other blanks are part of a prompt.
   */
  public static boolean isQwen2Vl(String jinja) {
    return jinja.replace("\r\n", "\n").stripTrailing().equals(QWEN2_VL.stripTrailing());
  }
}
