package dev.paca.bench.peer;

import dev.paca.kv.PacaException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Jlama's command line, as of 0.8.4. It reads SafeTensors and no GGUF, so it is told the name of the same model among those
 * that it has downloaded. After each token it prints how long it took: first the prompt's milliseconds a token, as a whole
 * number, then those of the tokens it has generated, on average. A prompt after other tokens cannot be timed with it.
 *
 * @param program its launcher
 * @param model {@code OWNER/NAME} of the model
 */
record Jlama(Path program, String model) implements Peer {
    private static final Pattern TOOK = Pattern.compile("\\[took (\\d+)[.,](\\d+)ms\\]\\)");

    /** @param text {@code PATH@OWNER/NAME} */
    static Jlama of(String text) {
        int at = text.lastIndexOf('@');
        if (at < 1 || !text.substring(at + 1).matches("[^/]+/[^/]+")) {
            throw new PacaException(
                    "The peer jlama reads no GGUF: name the same model as it knows it, jlama=PATH@OWNER/MODEL,"
                            + " found 'jlama=" + text + "'.");
        }
        return new Jlama(Path.of(text.substring(0, at)), text.substring(at + 1));
    }

    @Override
    public String name() {
        return "jlama";
    }

    @Override
    public OptionalDouble rate(Work work) {
        if (!work.decode() && work.depth() > 0) {
            return OptionalDouble.empty();
        }
        // A word that is one token nearly everywhere, as many times as there are to be tokens.
        int before = Math.max(1, work.decode() ? work.depth() : work.tokens());
        String prompt = "the ".repeat(before).strip();
        List<String> command = List.of(
                program.toString(),
                "complete",
                model,
                "--prompt",
                prompt,
                "--tokens",
                // Counts those of the prompt too, and one before it.
                Integer.toString(before + 1 + (work.decode() ? work.tokens() : 1)),
                "--temperature",
                "0",
                "--threads",
                Integer.toString(work.threads()));
        Program.Printed printed = Program.run(command, null);
        Matcher took = TOOK.matcher(printed.out());
        List<Double> millis = took.results()
                .map(each -> Double.valueOf(each.group(1) + "." + each.group(2)))
                .toList();
        if (millis.size() < (work.decode() ? 2 : 1)) {
            throw Program.failed(command, "it printed no times of tokens", printed.last());
        }
        double each = work.decode() ? millis.getLast() : millis.getFirst();
        // Less than a millisecond is none to it.
        return each > 0 ? OptionalDouble.of(1000 / each) : OptionalDouble.empty();
    }
}
