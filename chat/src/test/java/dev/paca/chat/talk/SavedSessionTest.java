package dev.paca.chat.talk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Interrupts;
import dev.paca.chat.terminal.Tty;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.chat.Conversation;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.sampling.SamplingOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /save} and {@code /load} with the bundled model. */
class SavedSessionTest {
    private static final Model MODEL =
            Model.embedded(ModelOptions.DEFAULT.withContextLength(1024).withKvBytes(64 << 20));
    private static final GenerationOptions FEW =
            GenerationOptions.DEFAULT.withSampling(SamplingOptions.GREEDY).withMaxTokens(12);
    private static final String FACT = "The pass key is 74291. Remember it. 74291 is the pass key.";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console = new Console(out, err, Tty.NONE, false);

    @AfterAll
    static void close() {
        MODEL.close();
    }

    private Talk talk(Conversation conversation) {
        return new Talk(console, new Interrupts(System::nanoTime, () -> {}), MODEL, conversation, FEW, true);
    }

    /** What was said aside since the last call. */
    private String aside() {
        String said = err.toString(StandardCharsets.UTF_8);
        err.reset();
        return said;
    }

    private Path saved(KvPolicy policy) {
        Path file = folder.resolve("talk");
        try (Conversation conversation = MODEL.conversation(policy)) {
            Talk talk = talk(conversation);
            talk.ask(FACT);
            talk.run(Command.SAVE, file.toString());
        }
        return file;
    }

    @Test
    void aLoadedConversationGoesOnWithoutReadingAgain() {
        KvPolicy policy = MODEL.options().policy();
        Path file = saved(policy);
        assertThat(aside()).contains("tokens with their KV cache");
        try (Conversation loaded = MODEL.conversation(policy);
                Conversation anew = MODEL.conversation(policy)) {
            Talk talk = talk(loaded);
            talk.run(Command.LOAD, file.toString());
            assertThat(aside())
                    .containsPattern("Loaded 2 messages; of their \\d+ tokens [1-9]\\d* need not be read again");
            int ran = loaded.session().tokens().length;
            assertThat(ran).isGreaterThan(20);
            out.reset();
            talk.ask("What is the pass key?");
            assertThat(aside()).contains(" reused");
            String answer = out.toString(StandardCharsets.UTF_8);
            anew.messages(loaded.messages().subList(0, 2));
            assertThat(anew.ask("What is the pass key?", FEW, null).text().strip())
                    .as("the same as after reading it all again")
                    .isEqualTo(answer.strip());
        }
    }

    @Test
    void whatCannotBeUsedIsToldInASentenceAndTheMessagesStay() throws IOException {
        KvPolicy policy = MODEL.options().policy();
        Path file = saved(policy);
        byte[] whole = Files.readAllBytes(file);
        try (Conversation conversation = MODEL.conversation(policy.with(PolicyText.selection("quest:budget=512")))) {
            aside();
            talk(conversation).run(Command.LOAD, file.toString());
            assertThat(aside())
                    .contains("Loaded 2 messages; they are read with the next question.")
                    .contains("kept under another policy");
            assertThat(conversation.messages()).hasSize(2);
        }
        try (Conversation conversation = MODEL.conversation(policy)) {
            Files.write(file, Arrays.copyOf(whole, whole.length - 100));
            talk(conversation).run(Command.LOAD, file.toString());
            assertThat(aside())
                    .contains("Loaded 2 messages")
                    .contains("cut off")
                    .hasLineCount(1);
            assertThat(conversation.ask("What is the pass key?", FEW, null).reusedTokens())
                    .isLessThan(60);
        }
    }

    @Test
    void anotherModelsFileChangesNothing() throws IOException {
        Path file = saved(MODEL.options().policy());
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(
                file,
                text.replaceFirst("\"model\":\"[^\"]*\"", "\"model\":\"Llama\"").getBytes(StandardCharsets.ISO_8859_1));
        try (Conversation conversation = MODEL.conversation()) {
            Talk talk = talk(conversation);
            talk.ask("Hello!");
            int ran = conversation.session().tokens().length;
            assertThatThrownBy(() -> talk.run(Command.LOAD, file.toString()))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("was held with Llama");
            assertThat(conversation.messages()).hasSize(2);
            assertThat(conversation.session().tokens()).hasSize(ran);
        }
    }
}
