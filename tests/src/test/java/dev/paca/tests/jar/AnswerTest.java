package dev.paca.tests.jar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the jar answers with its built-in model. */
class AnswerTest {
    private static final String DOCUMENT = "Read the following text. I will ask questions about it.\n\n"
            + "The rain had stopped. The pass key is 48213. Remember it. 48213 is the pass key. The road was long.";
    private static final String QUESTION = "What is the pass key?";

    /** Sums over lanes have no fixed order, so interpreted and compiled code may differ in the last bits of a logit. */
    private static final float RUNS = 1e-2f;

    @TempDir
    Path folder;

    @Test
    void answersFromADocument() throws IOException {
        Path file = Files.writeString(folder.resolve("document.txt"), DOCUMENT);
        Run.Result result =
                Run.paca("-f", file.toString(), "-p", QUESTION, "--temp", "0").go();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).contains("48213").endsWith("\n");
        assertThat(result.err())
                .startsWith("prompt ")
                .contains(" tokens")
                .contains("context ")
                .hasLineCount(1);
    }

    @Test
    void answersStandardInputTheSame() {
        Run.Result typed =
                Run.paca("-p", DOCUMENT + "\n\n" + QUESTION, "--temp", "0").go();
        Run.Result piped = Run.paca("--temp", "0", "--no-show-timings")
                .input(DOCUMENT + "\n\n" + QUESTION + "\n")
                .go();
        assertThat(piped.err()).isEmpty();
        assertThat(piped.exit()).isZero();
        assertThat(piped.out()).isEqualTo(typed.out()).contains("48213");
    }

    @Test
    void talksOverAPipe() {
        Run.Result result = Run.paca("-cnv", "--temp", "0")
                .input("\"\"\"" + DOCUMENT + "\n\n" + QUESTION + "\"\"\"\n/regen\n/stats\n/nonsense\n/exit\nnever\n")
                .go();
        assertThat(result.exit()).isZero();
        assertThat(result.out().lines().toList()).hasSize(2).allMatch(line -> line.contains("48213"));
        assertThat(result.err())
                .contains("2 answers")
                .contains("no command /nonsense")
                .contains("reused");
    }

    @Test
    void goesOnWithAConversationThatWasSaved() {
        Path file = folder.resolve("talk.json");
        Run.paca("-cnv", "--temp", "0").input("Hello!\n/save " + file + "\n").go();
        assertThat(file).exists();
        Run.Result result = Run.paca("-cnv", "--temp", "0")
                .input("/load " + file + "\n/show messages\n")
                .go();
        assertThat(result.err())
                .contains("Loaded 2 messages")
                .contains("user: Hello!")
                .contains("assistant: ");
    }

    @Test
    void stopsAtTheMostTokens() {
        Run.Result result = Run.paca("-p", "Once upon a time", "-no-cnv", "-n", "5", "--temp", "0")
                .go();
        assertThat(result.exit()).isZero();
        assertThat(result.err()).contains("answer 5 tokens").contains("most tokens");
    }

    @Test
    void obeysTheEnvironment() {
        Run.Result result = Run.paca("-p", "Once upon a time", "-no-cnv")
                .env("LLAMA_ARG_N_PREDICT", "3")
                .env("LLAMA_ARG_CTX_SIZE", "64")
                .go();
        assertThat(result.err()).contains("answer 3 tokens").contains("of 64");
        Run.paca("-p", "a").env("LLAMA_ARG_CTX_SIZE", "many").go().failed(2, "many");
    }

    @Test
    void tokensAndLogitsFitTogether() {
        Run.Result tokens = Run.paca("tokenize", "-p", "Hello, world").go();
        assertThat(tokens.err()).isEmpty();
        assertThat(tokens.out().strip()).matches("\\[\\d+(, \\d+)*]");
        Run.Result json = Run.paca("logits", "--ids", tokens.out().strip()).go();
        Run.Result raw = Run.paca("logits", "-p", "Hello, world", "--raw").go();
        float[] logits = new float[raw.bytes().length / 4];
        ByteBuffer.wrap(raw.bytes())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(logits);
        assertThat(logits).hasSize(8192);
        String[] words = json.out().strip().replaceAll("[\\[\\]]", "").split(", ");
        assertThat(words).hasSameSizeAs(logits);
        for (int i = 0; i < words.length; i++) {
            assertThat(Float.parseFloat(words[i])).as("logit %d", i).isCloseTo(logits[i], offset(RUNS));
        }
    }

    @Test
    void saysWhatIsInTheModel() {
        Run.Result result = Run.paca("info").go();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).contains("Paca 28M", "llama.block_count = 8", "token_embd.weight", "Q8_0");
    }

    @Test
    void endsQuietlyEnoughWhenNobodyReads() throws IOException {
        Process process = Run.paca("-p", "Once upon a time", "-no-cnv", "-n", "2000", "--temp", "1")
                .start();
        try (InputStream out = process.getInputStream()) {
            assertThat(out.read()).isPositive();
        }
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(Run.await(process, "closed output")).isEqualTo(1);
        assertThat(err).contains("Standard output takes no more").doesNotContain("\tat ");
    }

    @Test
    void anInterruptStopsTheAnswer() throws IOException, InterruptedException {
        assumeFalse(
                interruptsAreIgnored(),
                "Not run: this JVM was started with interrupts ignored, as background jobs are, and so would the jar be.");
        Process process = Run.paca("-p", "Once upon a time", "-no-cnv", "--temp", "1", "--seed", "1", "-n", "3000")
                .start();
        assertThat(process.getInputStream().read()).isPositive();
        Process kill = new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
        process.getInputStream().readAllBytes();
        assertThat(Run.await(process, "interrupt")).isEqualTo(130);
    }

    /** Whether SIGINT, signal 2, is in the mask of ignored ones; only Linux tells. */
    private static boolean interruptsAreIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    @Test
    void endingTheLauncherEndsTheProgram() throws IOException, InterruptedException {
        for (boolean gently : new boolean[] {true, false}) {
            Process process =
                    Run.paca("-p", "Once upon a time", "-no-cnv", "--temp", "1").start();
            assertThat(process.getInputStream().read()).isPositive();
            ProcessHandle program = process.children().findFirst().orElseThrow();
            if (gently) {
                process.destroy();
            } else {
                process.destroyForcibly();
            }
            Run.await(process, "launcher");
            assertThat(program.onExit())
                    .as("the program after its launcher's end")
                    .succeedsWithin(java.time.Duration.ofSeconds(20));
        }
    }

    @Test
    void refusesBadInputInASentence() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.gguf"));
        Path text = Files.writeString(folder.resolve("text.gguf"), "This is no model at all, but a text.");
        byte[] model = Files.readAllBytes(Path.of("../model/src/main/resources/dev/paca/model/paca-28m-q8_0.gguf"));
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(model, model.length / 2));
        Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', (byte) 0xE9});
        Run.paca("-p", "a", "-m", folder.resolve("none.gguf").toString()).go().failed(1, "none.gguf");
        Run.paca("-p", "a", folder.toString()).go().failed(1, folder.toString(), "directory");
        Run.paca("-p", "a", empty.toString()).go().failed(1, "empty.gguf");
        Run.paca("-p", "a", text.toString()).go().failed(1, "text.gguf");
        Run.paca("-p", "a", cut.toString()).go().failed(1, "cut.gguf");
        Run.paca("-p", "a", "-f", latin.toString()).go().failed(1, "latin.txt", "UTF-8");
        Run.paca().input(new byte[] {(byte) 0xFF}).go().failed(1, "standard input", "UTF-8");
        Run.paca().input("").go().failed(2, "empty");
        Run.paca("-p", "word ".repeat(200), "-c", "64").go().failed(1, "64");
        Run.paca("-p", "a", "-c", "99999999").go().failed(1, "99999999");
        Run.paca("-p", "a", "--temp", "NaN").go().failed(1, "temperature");
        Run.paca("-p", "a", "--device", "abacus").go().failed(1, "abacus");
        Run.paca("-p", "a", "--chat-template", "{{ 1 +").go().failed(1, "template");
        Run.paca("-p", "a", "--chat-template", "{% for i in range(100000000) %}{{ i }}{% endfor %}")
                .go()
                .failed(1, "template");
        Run.paca("logits", "--ids", "0,99999").go().failed(1, "99999");
        Run.paca("-p", "a", "-cnv", "-no-cnv").go().failed(2, "contradict");
        Run.paca("--tmep").go().failed(2, "--tmep");
    }
}
