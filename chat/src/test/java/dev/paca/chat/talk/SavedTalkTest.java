package dev.paca.chat.talk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import dev.paca.model.template.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedTalkTest {
    private static final List<Message> SAID =
            List.of(Message.system("Be \"brief\"."), Message.user("größe?\n\t🦙"), Message.assistant("yes"));

    @TempDir
    Path folder;

    private static SavedTalk.Opened read(Path file, String model) {
        return SavedTalk.read(file, model, in -> {
            throw new PacaException("no session was expected");
        });
    }

    @Test
    void comesBackAsItWas() {
        Path file = folder.resolve("talk.json");
        new SavedTalk("Paca 28M", SAID).write(file, null);
        assertThat(read(file, "Paca 28M").talk().messages()).isEqualTo(SAID);
    }

    @Test
    void refusesOneWithAnotherModel() {
        Path file = folder.resolve("talk.json");
        new SavedTalk("Paca 28M", SAID).write(file, null);
        assertThatThrownBy(() -> read(file, "Llama"))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("Paca 28M")
                .hasMessageContaining("Llama");
    }

    @Test
    void refusesOneThatIsCutOffAnywhere() throws IOException {
        Path file = folder.resolve("talk.json");
        new SavedTalk("Paca 28M", SAID).write(file, null);
        byte[] whole = Files.readAllBytes(file);
        Path cut = folder.resolve("cut.json");
        for (int length = 0; length < whole.length - 2; length++) {
            Files.write(cut, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> read(cut, "Paca 28M"))
                    .as("cut at %d", length)
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("cut.json");
        }
    }

    @Test
    void refusesWhatIsSomethingElse() throws IOException {
        Path file = folder.resolve("other.json");
        for (String text : List.of(
                "[]",
                "{}",
                "null",
                "{\"format\":\"paca-talk-1\",\"model\":\"m\",\"messages\":[1]}",
                "{\"format\":\"paca-talk-1\",\"model\":\"m\",\"messages\":[{\"role\":\"boss\",\"content\":\"\"}]}")) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> read(file, "m"))
                    .as(text)
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("/save");
        }
        assertThatThrownBy(() -> read(folder.resolve("none"), "m")).hasMessageContaining("no such file");
        assertThatThrownBy(() -> read(folder, "m")).isInstanceOf(PacaException.class);
        assertThatThrownBy(() -> new SavedTalk("m", SAID).write(folder.resolve("no/folder"), null))
                .isInstanceOf(PacaException.class);
    }
}
