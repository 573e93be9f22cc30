package dev.paca.model.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.model.json.Json;
import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
        List<AnswerPart> parts = parts(syntax, thinking, pieces, Set.of());
        Answer answer = Answer.of(parts);
        for (int i = 0; i < answer.calls().size(); i++) {
            checkPieces(parts, i, answer.calls().get(i));
        }
        return answer;
    }

    private static List<AnswerPart> parts(ToolSyntax syntax, boolean thinking, List<String> pieces, Set<String> tools) {
        AtomicInteger next = new AtomicInteger();
        AnswerReader reader = new AnswerReader(syntax, thinking, () -> "id" + next.incrementAndGet(), tools);
        List<AnswerPart> parts = new ArrayList<>();
        pieces.forEach(piece -> parts.addAll(reader.accept(piece)));
        parts.addAll(reader.finish());
        return parts;
    }

    /** The pieces of a call come before it, none is blank, and together they are its arguments. */
    private static void checkPieces(List<AnswerPart> parts, int index, ToolCall call) {
        StringBuilder told = new StringBuilder();
        for (AnswerPart part : parts.subList(0, parts.indexOf(new AnswerPart.Call(call)))) {
            if (part instanceof AnswerPart.CallPiece piece && piece.index() == index) {
                assertThat(piece.id()).isEqualTo(call.id());
                assertThat(piece.name()).isEqualTo(call.name());
                assertThat(piece.arguments()).isNotBlank();
                told.append(piece.arguments());
            }
        }
        assertThat(told).hasToString(call.arguments().toString());
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
    void argumentsAreToldAsTheyCome() {
        List<String> pieces = List.of(
                "<tool_call>\n{\"name\": \"weather\", ",
                "\"arguments\": {",
                "\"city\": \"Cus",
                " ",
                "co\"}",
                "}</tool_call>");
        assertThat(parts(ToolSyntax.HERMES, false, pieces, Set.of()))
                .containsExactly(
                        new AnswerPart.CallPiece(0, "id1", "weather", "{\"city\":\"Cus"),
                        new AnswerPart.CallPiece(0, "id1", "weather", " co\"}"),
                        new AnswerPart.Call(new ToolCall("id1", "weather", Json.parseObject("{\"city\":\"Cus co\"}"))));
    }

    @Test
    void everyFormOfACallComesInPiecesToo() {
        ToolCall none = new ToolCall("id1", "weather", new Json.Obj(Map.of()));
        assertThat(read(ToolSyntax.HERMES, false, "<tool_call>{\"name\":\"weather\"}</tool_call>"))
                .isEqualTo(new Answer("", "", List.of(none)));
        assertThat(read(ToolSyntax.HERMES, false, "<tool_call>{\"name\":\"weather\",\"arguments\":{ }}</tool_call>"))
                .isEqualTo(new Answer("", "", List.of(none)));
        String before = "{\"arguments\": {\"city\": \"Cusco <x>\", \"days\": 2}, \"name\": \"weather\"}";
        assertThat(read(ToolSyntax.HERMES, false, "<tool_call>" + before + "</tool_call>"))
                .isEqualTo(new Answer("", "", List.of(WEATHER)));
        String quoted =
                "{\"name\": \"weather\", \"arguments\": \"{\\\"city\\\": \\\"Cusco <x>\\\", \\\"days\\\": 2}\"}";
        assertThat(read(ToolSyntax.HERMES, false, "<tool_call>" + quoted + "</tool_call>"))
                .isEqualTo(new Answer("", "", List.of(WEATHER)));
        String function = "{\"type\": \"function\", \"function\": " + CALL + "}";
        assertThat(read(ToolSyntax.LLAMA, false, function)).isEqualTo(new Answer("", "", List.of(WEATHER)));
        String nested =
                "{\"name\": \"weather\", \"arguments\": {\"a\": [{\"name\": \"}]\"}, \"\\\"\"], \"b\": {\"c\": {}}}}";
        assertThat(read(ToolSyntax.MISTRAL, false, "[TOOL_CALLS][" + nested + "," + CALL + "]")
                        .calls())
                .hasSize(2)
                .last()
                .isEqualTo(call("id2"));
    }

    @Test
    void aCallThatBreaksOffIsText() {
        String cut = "<tool_call>" + CALL.substring(0, CALL.length() - 3);
        assertThat(read(ToolSyntax.HERMES, false, cut)).isEqualTo(new Answer(cut, "", List.of()));
        assertThat(read(ToolSyntax.LLAMA, false, CALL + " or so"))
                .isEqualTo(new Answer(CALL + " or so", "", List.of()));
    }

    @Test
    void anAnswerInJsonIsNoCallOfAToolThatThereIsNot() {
        String answer = "{\"name\": \"Klaus\", \"arguments\": {\"age\": 37}}";
        List<String> letters = answer.chars().mapToObj(Character::toString).toList();
        List<AnswerPart> parts = parts(ToolSyntax.LLAMA, false, letters, Set.of("weather"));
        assertThat(Answer.of(parts)).isEqualTo(new Answer(answer, "", List.of()));
        assertThat(parts).as("told as it comes, once it is decided").hasSizeGreaterThan(20);
        assertThat(Answer.of(parts(ToolSyntax.LLAMA, false, List.of(CALL), Set.of("weather")))
                        .calls())
                .hasSize(1);
        String alone = "{\"name\": \"weather\", \"age\": 37}";
        assertThat(read(ToolSyntax.LLAMA, false, alone)).isEqualTo(new Answer(alone, "", List.of()));
    }

    @Test
    void findsTheSyntaxInTheTemplate() {
        assertThat(ToolSyntax.of("{% if tools %}<tool_call>{% endif %}")).isEqualTo(ToolSyntax.HERMES);
        assertThat(ToolSyntax.of("{{ '[TOOL_CALLS]' }}")).isEqualTo(ToolSyntax.MISTRAL);
        assertThat(ToolSyntax.of("<|start_header_id|>{{ tools }}")).isEqualTo(ToolSyntax.LLAMA);
        assertThat(ToolSyntax.of("<|start_header_id|>")).isEqualTo(ToolSyntax.NONE);
    }
}
