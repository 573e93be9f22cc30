package dev.paca.model.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.json.Json;
import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AnswerReaderTest {
    private static final String CALL = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Cusco <x>\", \"days\": 2}}";
    private static final ToolCall WEATHER = call("id1");

    private static ToolCall call(String id) {
        return new ToolCall(id, "weather", Json.parseObject("{\"city\":\"Cusco <x>\",\"days\":2}"));
    }

    /** Reads the text whole, then in random pieces, which must come to the same. */
    private static Answer read(ToolSyntax syntax, boolean thinking, String text) {
        Answer whole = read(syntax, thinking, List.of(text));
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            List<String> pieces = new ArrayList<>();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + 1 + random.nextInt(round == 0 ? 1 : 7));
                pieces.add(text.substring(from, to));
                from = to;
            }
            assertThat(read(syntax, thinking, pieces)).as("%s", pieces).isEqualTo(whole);
        }
        return whole;
    }

    private static Answer read(ToolSyntax syntax, boolean thinking, List<String> pieces) {
        AtomicInteger next = new AtomicInteger();
        AnswerReader reader = new AnswerReader(syntax, thinking, () -> "id" + next.incrementAndGet());
        List<AnswerPart> parts = new ArrayList<>();
        pieces.forEach(piece -> parts.addAll(reader.accept(piece)));
        parts.addAll(reader.finish());
        return Answer.of(parts);
    }

    @Test
    void plainTextStaysAsItIs() {
        for (ToolSyntax syntax : ToolSyntax.values()) {
            for (String text :
                    List.of("", "Hello <b> [x] {y} ", "\n\n a < b ", "<thin", "<tool_cal", "[TOOL_", "<|python")) {
                assertThat(read(syntax, false, text))
                        .as("%s %s", syntax, text)
                        .isEqualTo(new Answer(text, "", List.of()));
            }
        }
    }

    @Test
    void thinkingIsSetApart() {
        assertThat(read(ToolSyntax.NONE, false, "<think>\nSo it is.\n</think>\n\nYes."))
                .isEqualTo(new Answer("Yes.", "So it is.", List.of()));
        assertThat(read(ToolSyntax.NONE, true, "So it\n is.</think>Yes <think>"))
                .isEqualTo(new Answer("Yes <think>", "So it\n is.", List.of()));
        assertThat(read(ToolSyntax.HERMES, false, "<think>Look it up.</think>\n<tool_call>" + CALL + "</tool_call>"))
                .isEqualTo(new Answer("", "Look it up.", List.of(WEATHER)));
        assertThat(AnswerReader.opensThinking("<|assistant|>\n<think>\n")).isTrue();
    }

    @Test
    void readsCallsOfQwenAndHermes() {
        String text = "I look.\n<tool_call>\n" + CALL + "\n</tool_call>\n<tool_call>" + CALL + "</tool_call>\n";
        assertThat(read(ToolSyntax.HERMES, false, text))
                .isEqualTo(new Answer("I look.", "", List.of(WEATHER, call("id2"))));
        assertThat(read(ToolSyntax.HERMES, false, "<tool_call>" + CALL))
                .isEqualTo(new Answer("", "", List.of(WEATHER)));
        assertThat(read(ToolSyntax.HERMES, false, "<tool_call>{oh}</tool_call>!")
                        .text())
                .isEqualTo("<tool_call>{oh}</tool_call>!");
    }

    @Test
    void readsCallsOfLlama() {
        String call = CALL.replace("arguments", "parameters");
        assertThat(read(ToolSyntax.LLAMA, false, call)).isEqualTo(new Answer("", "", List.of(WEATHER)));
        assertThat(read(ToolSyntax.LLAMA, false, "\n<|python_tag|>" + call + "; " + call))
                .isEqualTo(new Answer("", "", List.of(WEATHER, call("id2"))));
        assertThat(read(ToolSyntax.LLAMA, false, "{\"a\": 1}").text()).isEqualTo("{\"a\": 1}");
        assertThat(read(ToolSyntax.LLAMA, false, "Hm, " + call).calls()).isEmpty();
    }

    @Test
    void readsCallsOfMistral() {
        assertThat(read(ToolSyntax.MISTRAL, false, "[TOOL_CALLS][" + CALL + ", " + CALL + "]"))
                .isEqualTo(new Answer("", "", List.of(WEATHER, call("id2"))));
        assertThat(read(ToolSyntax.MISTRAL, false, "[TOOL_CALLS] [{\"id\": \"abc\", " + CALL.substring(1) + "]"))
                .isEqualTo(new Answer("", "", List.of(call("abc"))));
        String named = "[TOOL_CALLS]weather[ARGS]{\"city\": \"Cusco <x>\", \"days\": 2}";
        assertThat(read(ToolSyntax.MISTRAL, false, "Well." + named + named))
                .isEqualTo(new Answer("Well.", "", List.of(WEATHER, call("id2"))));
        assertThat(read(ToolSyntax.MISTRAL, false, named.replace("[ARGS]", "[CALL_ID]x[ARGS]")))
                .isEqualTo(new Answer("", "", List.of(call("x"))));
    }

    @Test
    void findsTheSyntaxInTheTemplate() {
        assertThat(ToolSyntax.of("{% if tools %}<tool_call>{% endif %}")).isEqualTo(ToolSyntax.HERMES);
        assertThat(ToolSyntax.of("{{ '[TOOL_CALLS]' }}")).isEqualTo(ToolSyntax.MISTRAL);
        assertThat(ToolSyntax.of("<|start_header_id|>{{ tools }}")).isEqualTo(ToolSyntax.LLAMA);
        assertThat(ToolSyntax.of("<|start_header_id|>")).isEqualTo(ToolSyntax.NONE);
    }
}
