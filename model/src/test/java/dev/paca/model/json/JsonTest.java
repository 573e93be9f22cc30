package dev.paca.model.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "-0",
                "12345678901234567890.5e-7",
                "\"\"",
                "\"a\\\"b\\\\c\\n\\u0001é😀\"",
                "\"\\ud800\"",
                "[]",
                "{}",
                "[1,[2,{\"a\":[]}],\"x\"]",
                "{\"b\":1,\"a\":{\"c\":null}}"
            })
    void printsWhatItRead(String text) {
        assertThat(Json.parse(text).toString()).isEqualTo(text);
        assertThat(Json.parse(Json.parse(text).pretty())).isEqualTo(Json.parse(text));
    }

    @Test
    void readsWhiteSpaceAndEscapes() {
        assertThat(Json.parse(" { \"a\" : [ 1 , \"\\u00e9\\/\" ] }\n").toString())
                .isEqualTo("{\"a\":[1,\"é/\"]}");
        assertThat(Json.parse("{\"a\":1,\"a\":2}")).isEqualTo(Json.parse("{\"a\":2}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | character 0: expected a value, found the end",
                "{ | expected a member's name",
                "{\"a\" 1} | character 5: expected ':', found '1'",
                "[1,] | character 3: expected a value, found ']'",
                "[1 2] | expected ',' or ']'",
                "01 | expected the end",
                "1. | expected a digit",
                "1e | expected a digit",
                "- | expected a value",
                "\"a | closing quote",
                "\"\\x\" | after a backslash",
                "\"\\u12g4\" | four hexadecimal digits",
                "tru | expected a value",
                "nullx | expected the end",
                "'a' | expected a value",
                "NaN | expected a value",
            })
    void refusesInASentence(String text, String message) {
        assertThatThrownBy(() -> Json.parse(text))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesWhatNestsTooDeep() {
        assertThatThrownBy(() -> Json.parse("[".repeat(1_000_000)))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("deeper than");
    }

    @Test
    void integersAreExactOrRefused() {
        assertThat(((Json.Num) Json.parse("5.0")).toInt()).isEqualTo(5);
        assertThat(((Json.Num) Json.parse("1e3")).toInt()).isEqualTo(1000);
        for (String text : new String[] {"1.5", "2147483648", "1e999999999"}) {
            assertThatThrownBy(() -> ((Json.Num) Json.parse(text)).toInt()).isInstanceOf(PacaException.class);
        }
        assertThat(Json.of(0.1).toString()).isEqualTo("0.1");
        assertThat(Json.of(Double.NaN)).isEqualTo(Json.Null.NULL);
    }

    @Test
    void mutatedTextEitherReadsOrIsRefused() {
        Random random = new Random(7);
        String text = "{\"a\":[1,-2.5e3,\"x\\n\\u00e9\"],\"b\":{\"c\":null,\"d\":true}}";
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder mutated = new StringBuilder(text);
            for (int j = random.nextInt(1, 4); j > 0; j--) {
                mutated.setCharAt(
                        random.nextInt(mutated.length()), "{}[],:\"\\0-.eE tn\u0000é".charAt(random.nextInt(18)));
            }
            try {
                Json value = Json.parse(mutated.toString());
                assertThat(Json.parse(value.toString())).isEqualTo(value);
                read++;
            } catch (PacaException e) {
                assertThat(e).hasMessageStartingWith("JSON");
            }
        }
        assertThat(read).isBetween(1, 19_999);
    }
}
