package dev.paca.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.bench.task.Tasks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportCommandTest {
    private static final String ORIGIN =
            "\"version\":1,\"command\":\"speed -m <a&b>\",\"machine\":\"Machine, 2 cores\",\"jvm\":\"JVM 25\",\"commit\":\"abc\",";

    @TempDir
    private Path folder;

    private final StringWriter err = new StringWriter();

    private int report(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "report";
        System.arraycopy(args, 0, all, 1, args.length);
        return Bench.run(new PrintWriter(new StringWriter()), new PrintWriter(err), all);
    }

    private static String speed(String kv, String test, int depth, double rate) {
        return "{\"kind\":\"speed\"," + ORIGIN
                + "\"model\":\"tiny\",\"device\":\"cpu\",\"threads\":2,\"ubatch\":512,\"kv\":\""
                + kv + "\",\"test\":\"" + test + "\",\"tokens\":8,\"depth\":" + depth + ",\"rate\":" + rate
                + ",\"spread\":0.1,\"heldBytes\":1048576,\"readBytes\":524288,\"bandwidth\":1e10,\"roofline\":0.625,"
                + "\"peers\":{\"llama-bench\":{\"rate\":8,\"spread\":0,\"ratio\":1.25,\"ratioSpread\":0.02}}}";
    }

    private static String serve(String kv, double rate) {
        String times = "{\"p50\":0.1,\"p95\":0.2,\"p99\":0.3}";
        return "{\"kind\":\"serve\"," + ORIGIN
                + "\"model\":\"tiny\",\"trace\":\"seed 1\",\"limitBytes\":1048576,\"kv\":\"" + kv
                + "\",\"requests\":4,\"finished\":4,\"rate\":" + rate + ",\"first\":" + times + ",\"between\":" + times
                + ",\"mostWaiting\":3,\"preempted\":1}";
    }

    private static String quality(String label, int script, int score, int read) {
        return "{\"kind\":\"quality\"," + ORIGIN
                + "\"model\":\"tiny.gguf\",\"question\":\"decode\",\"task\":\"passkey\","
                + "\"form\":" + Tasks.FORM + ",\"length\":4000,\"seed\":1,\"script\":" + script
                + ",\"turn\":1,\"label\":\"" + label
                + "\",\"score\":" + score
                + ",\"heldBytes\":100,\"denseBytes\":100,\"readBytes\":" + read + ",\"denseReadBytes\":100}";
    }

    private Path results(String... lines) throws IOException {
        return Files.writeString(folder.resolve("results.jsonl"), String.join("\n", lines) + "\n");
    }

    private Document page(Path file) throws Exception {
        return DocumentBuilderFactory.newDefaultNSInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(Files.readString(file))));
    }

    @Test
    void drawsEveryKindOnOnePageThatNeedsNothingElse() throws Exception {
        Path results = results(
                speed("dense", "tg", 0, 10),
                speed("dense", "tg", 4096, 5),
                speed("quest", "tg", 4096, 7),
                speed("dense", "pp", 0, 100),
                serve("dense", 10),
                serve("fp8", 15),
                quality("dense", 0, 1, 100),
                quality("quest 64", 0, 1, 10),
                quality("quest 32", 0, 0, 5));
        Path html = folder.resolve("report.html");
        Path md = folder.resolve("report.md");
        assertThat(report(results.toString(), "-o", html + "," + md)).isZero();
        assertThat(err.toString()).isEmpty();
        Document page = page(html);
        assertThat(page.getElementsByTagName("section").getLength()).isEqualTo(5);
        for (String tag : new String[] {"script", "link", "img", "iframe"}) {
            assertThat(page.getElementsByTagName(tag).getLength()).as(tag).isZero();
        }
        String text = Files.readString(html);
        assertThat(text)
                .doesNotContain("http://")
                .doesNotContain("https://")
                .doesNotContain("url(")
                .contains("speed -m &lt;a&amp;b&gt;")
                .contains("prefers-color-scheme: dark");
        assertThat(page.getElementsByTagName("strong").item(0).getTextContent())
                .as("quest reads a tenth with as many answers")
                .isEqualTo("10%");
        assertThat(text).contains("<strong>1.50×</strong>").contains("<strong>1.25×</strong>");
        assertThat(Files.readString(md))
                .contains("| tiny | 2 threads | dense | tg8 @ d4096 | 5 ± 10% | 62.5% | 8 ± 0% | 1.25 ± 2% |")
                .contains("| quest 32 | tiny, 4000 tokens | 0/1 | 0–79 | 0% | 100% | 5% |")
                .contains("`java --add-modules=jdk.incubator.vector -jar bench.jar speed -m <a&b>`: Machine, 2 cores");
    }

    @Test
    void showsTheSameOfResultsInShort() throws IOException {
        String probed = quality("quest 64", 0, 1, 10).replace("}", ",\"mass\":0.5,\"divergence\":0.25}");
        Path results = results(
                speed("dense", "tg", 0, 10),
                quality("dense", 0, 1, 100),
                quality("dense", 1, 1, 90),
                probed,
                quality("quest 64", 1, 0, 13),
                quality("quest 64", 2, 1, 12).replace("passkey", "facts"));
        Path whole = folder.resolve("whole.md");
        Path totals = folder.resolve("totals.jsonl");
        Path again = folder.resolve("again.jsonl");
        Path short1 = folder.resolve("short.md");
        assertThat(report(results.toString(), "-o", whole + "," + totals)).isZero();
        assertThat(Files.readAllLines(totals)).hasSize(4);
        assertThat(report(totals.toString(), "-o", short1 + "," + again)).isZero();
        assertThat(Files.readString(whole)).contains("| quest 64 | tiny, 4000 tokens | 2/3 |");
        assertThat(short1).hasSameTextualContentAs(whole);
        assertThat(again).hasSameTextualContentAs(totals);
    }

    @Test
    void highlightsWhatIsBestBesideAPeerAndDenseBesideIt() throws IOException {
        Path results = results(
                speed("dense", "tg", 4096, 16).replace("1.25", "2.00"),
                speed("quest", "tg", 4096, 48).replace("1.25", "6.00"),
                speed("quest", "pp", 4096, 48).replace("1.25", "9.00"),
                speed("dense", "tg", 16384, 5).replace("1.25", "0.50"),
                speed("quest", "tg", 4096, 40).replaceFirst("\"peers\":\\{.*}}", "\"peers\":{}}"));
        Path html = folder.resolve("report.html");
        assertThat(report(results.toString(), "-o", html.toString())).isZero();
        assertThat(html)
                .content()
                .contains("<strong>6.00×</strong>")
                .contains("llama-bench’s speed decoding after 4k tokens: tiny, quest (dense: 2.00×)")
                .doesNotContain("<strong>0.50×</strong>");
    }

    private static String device(String setting, double seconds, String kernels) {
        return "{\"kind\":\"device\"," + ORIGIN
                + "\"part\":\"attention\",\"shape\":\"llama-3.1-8b\",\"device\":\"ptx:0\",\"deviceName\":\"GPU\","
                + "\"setting\":\"" + setting + "\",\"depth\":32768,\"sequences\":8,\"seconds\":" + seconds
                + ",\"spread\":0.02," + kernels + "\"bytes\":1048576,\"bandwidth\":1e12,\"roofline\":0.5}";
    }

    @Test
    void showsKernelsOfADevice() throws IOException {
        String kernels =
                "\"kernelSeconds\":9e-5,\"kernels\":{\"append\":{\"seconds\":1e-5},\"attend\":{\"seconds\":8e-5}},";
        Path results = results(device("dense", 1e-4, kernels), device("torch", 7e-5, ""));
        Path html = folder.resolve("report.html");
        Path md = folder.resolve("report.md");
        assertThat(report(results.toString(), "-o", html + "," + md)).isZero();
        assertThat(html)
                .content()
                .contains(
                        "Kernels on a device",
                        "llama-3.1-8b: attention, GPU: time of a layer",
                        "dense, after 32k, 8 sequences");
        assertThat(md)
                .content()
                .contains(
                        "| dense, after 32k, 8 sequences | 100 ± 2% | 90 | 1 MiB | 931 GiB/s | 50% | append 10, attend 80 |")
                .contains("| torch, after 32k, 8 sequences | 70 ± 2% |  | 1 MiB | 931 GiB/s | 50% |  |");
    }

    @Test
    void keepsMachinesAndDevicesApart() throws Exception {
        String gpu = speed("dense", "tg", 4096, 500).replace("\"cpu\"", "\"ptx:0\"");
        Path results = results(
                speed("dense", "tg", 0, 10),
                speed("dense", "tg", 4096, 5),
                gpu,
                gpu.replace("\"ptx:0\"", "\"ptx:1\",\"deviceName\":\"A GPU\""),
                gpu.replace("\"ptx:0\"", "\"ptx:1\",\"deviceName\":\"A GPU\"").replace("4096", "8192"),
                speed("dense", "tg", 4096, 7).replace("Machine, 2", "Machine, 64"),
                speed("dense", "tg", 0, 9).replace("Machine, 2", "Machine, 64"),
                speed("dense", "tg", 0, 3).replace("Machine, 2", "Machine, 8"));
        Path html = folder.resolve("report.html");
        Path md = folder.resolve("report.md");
        assertThat(report(results.toString(), "-o", html + "," + md)).isZero();
        assertThat(md)
                .content()
                .contains("| tiny | 2 threads, Machine, 2 cores | dense | tg8 @ d4096 | 5 ± 10% |")
                .contains("| tiny | ptx:0, Machine, 2 cores | dense | tg8 @ d4096 | 500 ± 10% |")
                .contains("| tiny | 2 threads, Machine, 64 cores | dense | tg8 @ d4096 | 7 ± 10% |")
                .contains("| tiny, ptx:0, Machine, 2 cores | dense, after 4k |");
        assertThat(html)
                .content()
                .contains("<figcaption>tiny: decoding, Machine, 2 cores</figcaption>")
                .contains("<figcaption>tiny: decoding, Machine, 64 cores</figcaption>")
                .contains("<figcaption>tiny: decoding, A GPU</figcaption>")
                .as("a single depth makes no line")
                .doesNotContain("<figcaption>tiny: decoding, Machine, 8 cores</figcaption>");
    }

    @Test
    void countsAnAnswerOnceOnWhateverMachineItWasGiven() throws IOException {
        Path results =
                results(quality("dense", 0, 0, 100), quality("dense", 0, 1, 100).replace("Machine, 2", "Machine, 64"));
        Path md = folder.resolve("report.md");
        assertThat(report(results.toString(), "-o", md.toString())).isZero();
        assertThat(md).content().contains("| dense | tiny, 4000 tokens | 1/1 |");
    }

    @Test
    void doesNotMixAnswersToOtherTextsOrOfAnotherPolicyUnderTheSameName() throws IOException {
        String dense = quality("dense", 0, 1, 100);
        String before = quality("dense", 0, 0, 100).replace("\"form\":" + Tasks.FORM + ",", "");
        String quest = quality("quest 64", 0, 1, 10).replace("\"label\"", "\"policy\":\"layers=1\",\"label\"");
        String other = quality("quest 64", 0, 0, 10).replace("\"label\"", "\"policy\":\"layers=2\",\"label\"");
        Path md = folder.resolve("report.md");
        assertThat(report(results(dense, before, quest, other).toString(), "-o", md.toString()))
                .isZero();
        assertThat(md)
                .content()
                .contains("| dense | tiny, 4000 tokens | 1/1 |")
                .contains("| dense | tiny, 4000 tokens, texts of form 1 | 0/1 |")
                .contains("| quest 64 (layers=1) | tiny, 4000 tokens | 1/1 |")
                .contains("| quest 64 (layers=2) | tiny, 4000 tokens | 0/1 |");
    }

    @Test
    void drawsOnlyPoliciesThatWereAskedTheSame() throws IOException {
        String facts = quality("dense", 0, 1, 100).replace("passkey", "facts");
        Path results = results(quality("dense", 0, 1, 100), facts, quality("quest 64", 0, 1, 10));
        Path html = folder.resolve("report.html");
        assertThat(report(results.toString(), "-o", html.toString())).isZero();
        assertThat(html)
                .content()
                .contains("dense: 2 of 2 answers", "<td>quest 64</td>")
                .doesNotContain("quest 64: 1 of 1 answers");
    }

    @Test
    void drawsSomePoliciesAsAPicture() throws Exception {
        Path results = results(quality("dense", 0, 1, 100), quality("quest 64", 0, 1, 10), quality("fp8", 0, 1, 50));
        Path picture = folder.resolve("answers.svg");
        assertThat(report(results.toString(), "--kv-policy", "dense,quest", "-o", picture.toString()))
                .isZero();
        Document svg = page(picture);
        assertThat(svg.getDocumentElement().getLocalName()).isEqualTo("svg");
        assertThat(svg.getDocumentElement().getNamespaceURI()).isEqualTo("http://www.w3.org/2000/svg");
        assertThat(Files.readString(picture))
                .contains("quest 64: 1 of 1 answers")
                .doesNotContain("fp8");
        assertThat(report(results.toString(), "--kv-policy", "snapkv", "-o", picture.toString()))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains("no answers under the policy 'snapkv'")
                .contains("dense, quest, fp8");
    }

    @Test
    void doesNotWriteOverWhatItReads() throws IOException {
        Path results = results(quality("dense", 0, 1, 100), quality("dense", 1, 1, 90));
        String before = Files.readString(results);
        assertThat(report(
                        results.toString(),
                        "-o",
                        folder.resolve("../" + folder.getFileName() + "/results.jsonl")
                                .toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("would be lost").contains("-o");
        assertThat(results).hasContent(before);
    }

    @Test
    void tellsOfEveryRunThatAQuestionComesFrom() throws IOException {
        Path results = results(
                quality("dense", 0, 1, 100),
                quality("dense", 1, 1, 90).replace("speed -m <a&b>", "quality -t 4"),
                quality("dense", 2, 0, 90));
        Path totals = folder.resolve("totals.jsonl");
        assertThat(report(results.toString(), "-o", totals.toString())).isZero();
        assertThat(Files.readAllLines(totals))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("\"command\":\"speed -m <a&b>; quality -t 4\"", "\"score\":2", "\"score\":3"));
    }

    @Test
    void letsTheLastMeasurementCount() throws IOException {
        Path results = results(speed("dense", "tg", 0, 10), speed("dense", "tg", 0, 33));
        Path md = folder.resolve("report.md");
        assertThat(report(results.toString(), "-o", md.toString())).isZero();
        assertThat(md).content().contains("| 33 ± 10% |").doesNotContain("| 10 ± 10% |");
    }

    @Test
    void showsWhatIsThereOfAFileThatWasCutOff() throws IOException {
        Path results = results(serve("dense", 10));
        Files.writeString(results, "{\"kind\":\"serve\",\"vers", StandardOpenOption.APPEND);
        Path html = folder.resolve("report.html");
        assertThat(report(results.toString(), "-o", html.toString())).isZero();
        assertThat(err.toString()).contains("cut off");
        assertThat(html).content().contains("Throughput under a memory limit");
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        String out = folder.resolve("report.html").toString();
        Path other = results(serve("dense", 10).replace("\"version\":1", "\"version\":99"));
        assertThat(report(other.toString(), "-o", out)).isEqualTo(1);
        Path foreign = results("{\"kind\":\"weather\"," + ORIGIN + "\"rain\":1}");
        assertThat(report(foreign.toString(), "-o", out)).isEqualTo(1);
        Path lacking = results(serve("dense", 10).replace("\"rate\":10.0,", ""));
        assertThat(report(lacking.toString(), "-o", out)).isEqualTo(1);
        assertThat(report(folder.resolve("none.jsonl").toString(), "-o", out)).isEqualTo(1);
        assertThat(report(results(serve("dense", 10)).toString(), "-o", "report.pdf"))
                .isEqualTo(1);
        assertThat(report(
                        results(serve("dense", 10)).toString(),
                        "-o",
                        folder.resolve("none/report.html").toString()))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains("version 99")
                .contains("kind weather are left out")
                .contains("There is nothing to report")
                .contains("has as rate null, expected a number")
                .contains("none.jsonl cannot be read")
                .contains("'report.pdf', expected a file with .html, .md, .svg, .jsonl")
                .contains("none/report.html cannot be written");
        assertThat(Files.exists(Path.of(out))).isFalse();
        assertThat(report()).isEqualTo(2);
    }
}
