package dev.paca.chat.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {
    @TempDir
    Path folder;

    @Test
    void readsUtf8WithoutTheLastLineFeed() throws IOException {
        assertThat(read("grüße 🦙\n\n")).isEqualTo("grüße 🦙\n");
        assertThat(read("a\r\n")).isEqualTo("a");
        assertThat(read("\uFEFFa")).isEqualTo("a");
        assertThat(read("")).isEmpty();
    }

    @Test
    void refusesOtherEncodings() {
        assertThatThrownBy(() -> TextFile.decode("grüße".getBytes(StandardCharsets.ISO_8859_1), "a.txt"))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("a.txt")
                .hasMessageContaining("byte 2 is 0xFC")
                .hasMessageContaining("iconv");
    }

    @Test
    void refusesTextThatIsCutInACharacter() {
        byte[] cut = {'a', (byte) 0xC3};
        assertThatThrownBy(() -> TextFile.decode(cut, "a.txt")).hasMessageContaining("byte 1 is 0xC3");
    }

    @Test
    void namesWhatCannotBeRead() {
        assertThatThrownBy(() -> TextFile.read(folder)).hasMessageContaining("directory");
        assertThatThrownBy(() -> TextFile.read(folder.resolve("none.txt")))
                .hasMessageContaining("none.txt")
                .hasMessageContaining("no such file");
    }

    private String read(String text) throws IOException {
        return TextFile.read(Files.writeString(folder.resolve("t.txt"), text));
    }
}
