package dev.paca.model.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.json.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatTemplateTest {
    @Test
    void writesAConversation() {
        ChatTemplate template = ChatTemplate.parse(
                "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}"
                        + "{% if add_generation_prompt %}<assistant>{% endif %}",
                "test");
        TemplateInput input =
                TemplateInput.of(List.of(Message.system("Be brief."), Message.user("Hi {{ x }}")), "<s>", "</s>");
        assertThat(template.render(input)).isEqualTo("<s><system>Be brief.</s><user>Hi {{ x }}</s><assistant>");
        assertThat(template.render(input.withGenerationPrompt(false)))
                .isEqualTo("<s><system>Be brief.</s><user>Hi {{ x }}</s>");
    }

    @Test
    void writesToolsCallsAnswersAndThinking() {
        ChatTemplate template = ChatTemplate.parse("""
                {% for t in tools %}{{ t | tojson }}
                {% endfor %}
                {% for m in messages %}
                {% if m.tool_calls %}
                {{ m.reasoning_content }}:{% for c in m.tool_calls %}{{ c.id }} {{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}

                {% elif m.role == 'tool' %}
                {{ m.tool_call_id }} {{ m.name }} -> {{ m.content }}
                {% endif %}
                {% endfor %}
                {{ flag }}""", "test");
        Tool tool = new Tool("weather", "Looks out", Json.parseObject("{\"type\":\"object\",\"properties\":{}}"));
        ToolCall call = new ToolCall("c1", "weather", Json.parseObject("{\"city\":\"Cusco\",\"days\":2}"));
        TemplateInput input = TemplateInput.of(
                        List.of(Message.assistant("", "hm", List.of(call)), Message.tool("c1", "weather", "sunny")),
                        "",
                        "")
                .withTools(List.of(tool))
                .withVariables(Map.of("flag", Json.of(true)));
        assertThat(template.render(input)).isEqualTo("""
                        {"type": "function", "function": {"name": "weather", "description": "Looks out", "parameters": {"type": "object", "properties": {}}}}
                        hm:c1 weather {"city": "Cusco", "days": 2}
                        c1 weather -> sunny
                        True""");
    }
}
