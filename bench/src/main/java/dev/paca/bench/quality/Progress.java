package dev.paca.bench.quality;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells how far a run has come, and about how long it will take: on one line of a terminal, or now and then elsewhere. */
final class Progress {
    private static final long SECONDS = 30;
    /** Reading a text takes more than its length's share, answering about that: of lengths not seen yet this is guessed. */
    private static final double GROWTH = 1.5;

    private final PrintWriter err;
    private final boolean terminal;
    private final Map<Place, Share> shares = new LinkedHashMap<>();
    private final int all;
    private long last = System.nanoTime();
    private long said = last;

    /** Questions of one kind: they take about the same time. */
    private record Place(String task, int length) {}

    private static final class Share {
        private int left;
        private int measured;
        private double seconds;

        Share(int left) {
            this.left = left;
        }
    }

    /** @param samples questions of each task and length */
    Progress(PrintWriter err, List<String> tasks, List<Integer> lengths, int samples) {
        this.err = err;
        this.terminal = System.console() != null && System.console().isTerminal();
        for (int length : lengths) {
            for (String task : tasks) {
                shares.put(new Place(task, length), new Share(samples));
            }
        }
        this.all = samples * shares.size();
    }

    /** Questions that are still to be asked. */
    int left(String task, int length) {
        return share(task, length).left;
    }

    private Share share(String task, int length) {
        return shares.getOrDefault(new Place(task, length), new Share(0));
    }

    /** The questions about a text have been answered by all policies in a run before. */
    void known(Script.Text text) {
        share(text.task(), text.length()).left -= text.scripts().size();
        last = System.nanoTime();
    }

    /** The questions about a text have been answered by all policies. */
    void measured(Script.Text text) {
        long now = System.nanoTime();
        Share share = share(text.task(), text.length());
        share.left -= text.scripts().size();
        share.measured += text.scripts().size();
        share.seconds += (now - last) / 1e9;
        last = now;
        if (terminal || now - said > SECONDS * 1_000_000_000L) {
            said = now;
            int left = shares.values().stream().mapToInt(s -> s.left).sum();
            String line = String.format(
                    Locale.ROOT,
                    "%d of %d questions, %s %d, about %s left",
                    all - left,
                    all,
                    text.task(),
                    text.length(),
                    time(seconds()));
            err.print(terminal ? "\r" + line + "   " : line + "\n");
            err.flush();
        }
    }

    /** Seconds that are left, by what each kind of question has taken; of those not asked yet by what others have. */
    private double seconds() {
        double unit = shares.entrySet().stream()
                .filter(e -> e.getValue().measured > 0)
                .mapToDouble(e -> e.getValue().seconds
                        / e.getValue().measured
                        / Math.pow(e.getKey().length(), GROWTH))
                .average()
                .orElse(0);
        return shares.entrySet().stream()
                .mapToDouble(e -> {
                    Share share = e.getValue();
                    double each = share.measured > 0
                            ? share.seconds / share.measured
                            : unit * Math.pow(e.getKey().length(), GROWTH);
                    return each * share.left;
                })
                .sum();
    }

    private static String time(double seconds) {
        return seconds < 90
                ? String.format(Locale.ROOT, "%.0f s", seconds)
                : String.format(Locale.ROOT, "%.0f min", seconds / 60);
    }

    void end() {
        if (terminal) {
            err.println();
            err.flush();
        }
    }
}
