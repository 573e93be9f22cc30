package dev.paca.chat.talk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LineTest {
    @Test
    void tellsCommandsFromMessages() {
        assertThat(Line.parse("/set temp 0.2 ")).isEqualTo(new Line.Command("set", "temp 0.2"));
        assertThat(Line.parse("/exit")).isEqualTo(new Line.Command("exit", ""));
        assertThat(Line.parse("/")).isEqualTo(new Line.Command("", ""));
        assertThat(Line.parse(" /etc/hosts, what is it?")).isEqualTo(new Line.Message("/etc/hosts, what is it?"));
        assertThat(Line.parse("hello ")).isEqualTo(new Line.Message("hello"));
        assertThat(Line.parse("   ")).isEqualTo(new Line.Empty());
    }

    @Test
    void keepsLinesBetweenQuotesTogether() {
        assertThat(Line.isOpen("\"\"\"a")).isTrue();
        assertThat(Line.isOpen("\"\"\"a\"\"\"")).isFalse();
        assertThat(Line.isOpen("a \"\"\"")).isFalse();
        assertThat(Line.parse("\"\"\"\na\n\n  b\n\"\"\"")).isEqualTo(new Line.Message("a\n\n  b"));
        assertThat(Line.parse("\"\"\"a\"\"\" b")).isEqualTo(new Line.Message("a b"));
        assertThat(Line.parse("\"\"\"\"\"\"")).isEqualTo(new Line.Empty());
        assertThat(Line.parse("\"\"\"/exit\"\"\"")).isEqualTo(new Line.Message("/exit"));
    }

    @Test
    void everyCommandIsFoundByItsNames() {
        for (Command command : Command.values()) {
            assertThat(Command.of(command.label())).isEqualTo(command);
            assertThat(Command.overview()).contains("/" + command.label());
        }
        assertThat(Command.of("bye")).isEqualTo(Command.EXIT);
        assertThat(Command.of("quit")).isEqualTo(Command.EXIT);
        assertThat(Command.of("?")).isEqualTo(Command.HELP);
        assertThat(Command.of("nothing")).isNull();
    }
}
