package dev.paca.model.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.model.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JinjaTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-07T09:05:03Z"), ZoneOffset.UTC);
    private static final Limits SMALL = new Limits(100_000, 100_000, 1_000_000, 200);

    private static String render(String template, Map<String, Json> variables) {
        return JinjaTemplate.parse(template, "test").render(variables, CLOCK, SMALL);
    }

    /** The outputs in cases.json are those of Python's Jinja2 3.1.6 in its immutable sandbox, with Hugging Face's settings. */
    @TestFactory
    List<DynamicTest> rendersAsTheReferenceDoes() throws IOException {
        try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("/jinja/cases.json")) {
            Json.Obj file = Json.parseObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            Map<String, Json> variables = ((Json.Obj) file.get("variables")).members();
            return ((Json.Arr) file.get("cases"))
                    .items().stream()
                            .map(Json.Obj.class::cast)
                            .map(c -> DynamicTest.dynamicTest(
                                    text(c, "template"),
                                    () -> assertThat(render(text(c, "template"), variables))
                                            .isEqualTo(text(c, "output"))))
                            .toList();
        }
    }

    private static String text(Json.Obj object, String name) {
        return ((Json.Str) object.get(name)).value();
    }

    @Test
    void saysWhatTheTemplateSays() {
        assertThatThrownBy(() -> render("a\n{{ raise_exception('roles must alternate') }}", Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessage("test, line 2: the template says: roles must alternate.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "{{ a.b }} § 'a' is undefined",
                "{{ 1 + 'a' }} § '+' does not work between an integer and a string",
                "{{ x | nosuch }} § the filter 'nosuch' is not supported",
                "{{ x is nosuch }} § the test 'nosuch' is not supported",
                "{% include 'x' %} § the tag 'include' is not supported",
                "{{ 1 / 0 }} § 1 / 0 has no result",
                "{{ 9223372036854775807 + 1 }} § has no result of 64 bits",
                "{{ 2 ** 64 }} § has no result of 64 bits",
                "{% if x %} § expected {% elif %} or {% else %} or {% endif %}",
                "{{ (1 }} § unexpected",
                "{{ x | }} § expected a name",
                "{{ 'a } § a string is not closed",
                "{{ x § a tag is not closed",
                "{# x § a comment {# is not closed",
                "{{ [].append(1) }} § would change a list",
                "{{ {}.update(a=1) }} § would change a dict",
                "{% for x in 3 %}{% endfor %} § an integer cannot be looped over",
                "{{ range(1000000) }} § range() gives at most 100000",
                "{{ namespace | tojson }} § has no JSON",
                "{% break %} § outside of a loop",
            })
    void failsInASentence(String template, String message) {
        assertThatThrownBy(() -> render(template, Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageStartingWith("test, line 1: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %} § may never end",
                "{% set n = namespace(s='0123456789') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %} § characters of text",
                "{% for i in range(2000) %}{{ 'x' * 100 }}{% endfor %} § gives more than 100000 characters",
                "{{ 'x' * 9223372036854775807 }} § characters of text",
                "{{ [0] * 9223372036854775807 }} § may never end",
                "{{ 'x'.ljust(2000000000) }} § characters of text",
                "{{ 'x' | indent(2000000000, true) }} § wider than",
                "{{ '%2000000000s' % 1 }} § wider than",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }} § deeper than 200 levels",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %} § deeper than 200 levels",
                "{% set n = namespace() %}{% set n.n = n %}{{ n }} § cannot be printed",
                "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }} § may never end",
            })
    void hostileTemplatesAreRefused(String template, String message) {
        assertThatThrownBy(() -> render(template, Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(message);
    }

    @Test
    void deepNestingIsRefusedWhenRead() {
        for (String open : List.of("(", "[", "-", "not ", "{1:", "f(", "a[")) {
            assertThatThrownBy(() -> render("{{ " + open.repeat(100_000), Map.of()))
                    .as(open)
                    .isInstanceOf(TemplateException.class);
        }
        assertThatThrownBy(() -> render("{% if 1 %}".repeat(100_000), Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("deeper than");
        assertThatThrownBy(() -> render("{{ 1" + " + 1".repeat(100_000) + " }}", Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("deeper than");
    }
}
