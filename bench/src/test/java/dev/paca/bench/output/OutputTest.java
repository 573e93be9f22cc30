package dev.paca.bench.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.bench.result.ResultFile;
import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class OutputTest {
    @TempDir
    private Path folder;

    private final StringWriter terminal = new StringWriter();

    @Command(name = "measure")
    static final class Measure {
        @Mixin
        OutputOptions outputs = new OutputOptions();
    }

    private Output open(String... args) {
        Measure measure = new Measure();
        CommandLine line = new CommandLine(measure).setOut(new PrintWriter(terminal));
        line.parseArgs(args);
        Output output = measure.outputs.open("speed", line.getCommandSpec(), notice -> {});
        output.begin(List.of(Heading.text("model"), Heading.number("t/s")));
        return output;
    }

    private static Row row(String model, double rate) {
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("model", Json.of(model));
        data.put("rates", new Json.Arr(List.of(Json.of(rate), Json.of(2 * rate))));
        data.put("peer", new Json.Obj(Map.of("rate", Json.of(1))));
        return new Row(List.of(model, Double.toString(rate)), data);
    }

    @Test
    void printsATableForPeople() {
        try (Output output = open()) {
            output.row(row("a", 1.5));
        }
        assertThat(terminal.toString().lines().skip(1))
                .containsExactly("", "| model | t/s |", "|---|---:|", "| a | 1.5 |");
    }

    @Test
    void printsEveryNumberWithCommas() {
        try (Output output = open("-o", "csv")) {
            output.row(row("a, \"b\"", 1.5));
            output.row(row("c", 2));
        }
        assertThat(terminal.toString().lines())
                .containsExactly("model,rates,peer.rate", "\"a, \"\"b\"\"\",1.5;3.0,1", "c,2.0;4.0,1");
    }

    @Test
    void printsAnArrayThatIsWholeWhateverHappens() {
        assertThatThrownBy(() -> {
                    try (Output output = open("-o", "json")) {
                        output.row(row("a", 1.5));
                        output.row(row("b", 1.5));
                        throw new PacaException("failed");
                    }
                })
                .hasMessage("failed");
        Json.Arr results = (Json.Arr) Json.parse(terminal.toString());
        assertThat(results.items()).hasSize(2);
        Json.Obj first = (Json.Obj) results.items().getFirst();
        assertThat(first.members())
                .containsEntry("kind", Json.of("speed"))
                .containsEntry("command", Json.of("-o json"))
                .containsEntry("model", Json.of("a"));
    }

    @Test
    void addsToAFileOfResultsAndShowsATableBesides() {
        Path file = folder.resolve("results.jsonl");
        for (int i = 0; i < 2; i++) {
            try (Output output = open("-o", file.toString())) {
                output.row(row("a", i));
            }
        }
        assertThat(ResultFile.read(file, notice -> {})).hasSize(2);
        assertThat(terminal.toString()).contains("| a | 0.0 |").contains("| a | 1.0 |");
    }

    @Test
    void writesSeveralFormsAtOnce() throws IOException {
        Path csv = folder.resolve("results.csv");
        try (Output output = open("-o", "jsonl," + csv)) {
            output.row(row("a", 1));
        }
        assertThat(csv).content().startsWith("model,rates");
        assertThat(terminal.toString().lines()).hasSize(1).first().asString().startsWith("{\"kind\":\"speed\"");
        assertThat(Files.readAllLines(csv)).hasSize(2);
    }

    @Test
    void refusesWhatCannotBeWritten() {
        assertThatThrownBy(() -> open("-o", "xml"))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("'xml'")
                .hasMessageContaining("md, csv, json, jsonl");
        assertThatThrownBy(() -> open("-o", folder.resolve("none/results.csv").toString()))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("none");
    }
}
