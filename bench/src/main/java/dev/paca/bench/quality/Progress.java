package dev.paca.bench.quality;

import java.io.PrintWriter;
import java.util.Locale;

/** Tells how far a run has come: on one line of a terminal, or now and then elsewhere. */
final class Progress {
    private static final long SECONDS = 30;

    private final PrintWriter err;
    private final boolean terminal;
    private final int all;
    private final long start = System.nanoTime();
    private long said = start;
    private int done;
    private int measured;

    /** @param all how many questions there are */
    Progress(PrintWriter err, int all) {
        this.err = err;
        this.all = all;
        this.terminal = System.console() != null && System.console().isTerminal();
    }

    /** Questions have been answered by all policies, now or in a run before. */
    void done(String where, int questions, boolean before) {
        done += questions;
        measured += before ? 0 : questions;
        long now = System.nanoTime();
        if (terminal || now - said > SECONDS * 1_000_000_000L) {
            said = now;
            double seconds = (now - start) / 1e9;
            String left =
                    measured == 0 ? "" : String.format(Locale.ROOT, ", %.0f s left", seconds / measured * (all - done));
            String text = String.format(Locale.ROOT, "%d of %d questions, %s%s", done, all, where, left);
            err.print(terminal ? "\r" + text + "   " : text + "\n");
            err.flush();
        }
    }

    void end() {
        if (terminal) {
            err.println();
            err.flush();
        }
    }
}
