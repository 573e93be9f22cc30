package dev.paca.chat.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.chat.terminal.Console;
import dev.paca.chat.terminal.Tty;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ProgramTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tmep 1 | --tmep",
                "--temp warm -p a | warm",
                "--top-k 1.5 -p a | 1.5",
                "-p | --prompt",
                "-m | --model",
                "a.gguf b.gguf | b.gguf",
                "-m a.gguf b.gguf | Two models",
                "-c -4 -p a | --ctx-size",
                "-b 0 -p a | --batch-size",
                "-n -3 -p a | --predict",
                "-ctk q9 -p a | q9",
                "-ctv q9 -p a | q9",
                "--kv-policy ques -p a | quest",
                "--kv-select qest -p a | quest",
                "--kv-select quest:budget=x -p a | budget=x",
                "--kv-mass 0.9 -p a | selector",
                "--kv-page 1000 -p a | 1000",
                "-ctk kivi3 -p a | kivi",
                "-ctk kivi2 --kv-page 12 -p a | kivi2 takes pages of 8, 16, 32",
                "--kv-select double-sparsity:labels=none.txt -p a | none.txt: there is no such file",
                "--kv-select quest:labels=none.txt -p a | it has no parameter labels",
                "calibrate -p a | --output",
                "--kv-memory lots -p a | lots",
                "--kv-memory 99999999999T -p a | 99999999999T",
                "--kv-memory 0 -p a | no size such as 512M",
                "-cnv -no-cnv -p a | contradict",
                "-sys a -sysf b -p a | --system-prompt-file",
                "-no-cnv -sys a -p a | --system-prompt",
                "--chat-template vicuna -p a | vicuna",
                "--chat-template {{a}} --chat-template-file b -p a | --chat-template-file",
                "-co pink -p a | pink",
                "logits --ids 1,x | 1,x",
                "logits --ids 1 -p a | --ids",
                "tokenize -p a -f b | --file",
                "doctor --what | --what",
            })
    void refusesInASentence(String arguments, String part) {
        assertThat(run(arguments.split(" "))).as(arguments).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(part).doesNotContain("Exception");
        assertThat(out.size()).isZero();
    }

    @Test
    void namesWhatCannotBeRead() throws java.io.IOException {
        Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', (byte) 0xE9, 'b'});
        assertThat(run("-p", "a", "-f", latin.toString())).isEqualTo(ExitCode.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("latin.txt: not UTF-8")
                .contains("0xE9");
        err.reset();
        assertThat(run("-p", "a", "-m", folder.toString())).isEqualTo(ExitCode.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("directory").hasLineCount(1);
        err.reset();
        assertThat(run("info", latin.toString())).isEqualTo(ExitCode.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("latin.txt").hasLineCount(1);
    }

    @Test
    void showsTheTraceToWhoAsks() {
        assertThat(run("info", "-v", folder.resolve("none.gguf").toString())).isEqualTo(ExitCode.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("none.gguf").contains("\tat ");
    }

    @Test
    void calibratesChannelsThatASelectionThenLooksAt() throws java.io.IOException {
        Path labels = folder.resolve("labels.txt");
        String text = "The pass key is 9137. Remember it. ".repeat(10);
        assertThat(run("calibrate", "-p", text, "-o", labels.toString())).isEqualTo(ExitCode.OK);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("labels.txt: the channels of ");
        String select = "double-sparsity:budget=16,labels=" + labels;
        assertThat(run("logits", "-p", text, "--kv-select", select)).isEqualTo(ExitCode.OK);
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("[");
        err.reset();
        Files.writeString(labels, Files.readString(labels).replaceFirst("model .*", "model of others"));
        assertThat(run("logits", "-p", text, "--kv-select", select)).isEqualTo(ExitCode.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("labels.txt: these channel labels are of another model, found of others")
                .hasLineCount(1);
        err.reset();
        assertThat(run("calibrate", "-p", "short", "-o", labels.toString())).isEqualTo(ExitCode.FAILURE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("expected at least 16");
    }

    @Test
    void helpNamesEveryFlag() {
        // Picocli writes help to System.out itself, so the text is asked for.
        for (PacaCommand command : new PacaCommand[] {
            new Chat(colour -> console()),
            new Tokenize(colour -> console()),
            new Logits(colour -> console()),
            new Calibrate(colour -> console())
        }) {
            picocli.CommandLine line = new picocli.CommandLine(command);
            HelpText.apply(line);
            String help = line.getUsageMessage().replace("[no-]", "");
            line.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .forEach(option -> assertThat(help).contains(option.shortestName()));
        }
    }

    private int run(String... arguments) {
        return new Program(colour -> console()).run(arguments);
    }

    private Console console() {
        return new Console(out, err, Tty.NONE, false);
    }
}
