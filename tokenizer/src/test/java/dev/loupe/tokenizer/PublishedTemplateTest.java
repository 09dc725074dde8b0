package dev.loupe.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PublishedTemplateTest {

  private static final String HEAD =
      "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}"
          + "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
          + "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
          + "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
          + "{{ message['content'] }}<|im_end|>\n{% else %}";

  private static final String CONTENT =
      "{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in "
          + "content or 'image_url' in content %}{% set image_count.value = image_count.value + 1 %}"
          + "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
          + "<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or "
          + "'video' in content %}{% set video_count.value = video_count.value + 1 %}"
          + "{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
          + "<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}"
          + "{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  @Test
  void theTemplateOfTheCheckpointsIsRecognisedWhateverEndsItsLines() {
    assertThat(PublishedTemplate.isQwen2Vl(HEAD + CONTENT)).isTrue();
    assertThat(PublishedTemplate.isQwen2Vl(HEAD + CONTENT + "\n")).isTrue();
    assertThat(PublishedTemplate.isQwen2Vl((HEAD + CONTENT).replace("\n", "\r\n"))).isTrue();
  }

  @Test
  void aTemplateThatSaysSomethingElseIsNot() {
    String all = HEAD + CONTENT;
    assertThat(PublishedTemplate.isQwen2Vl(all.replace("a helpful", "no"))).isFalse();
    assertThat(PublishedTemplate.isQwen2Vl(all.replace("assistant\n", "assistant"))).isFalse();
    assertThat(PublishedTemplate.isQwen2Vl(HEAD)).isFalse();
    assertThat(PublishedTemplate.isQwen2Vl("")).isFalse();
  }
}
