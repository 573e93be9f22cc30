package dev.paca.chat.terminal;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows on one line that something goes on of which nobody knows how far it has come. What is over soon shows nothing. */
final class Waiting implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 300;
    private static final long INTERVAL_MILLIS = 120;
    private static final String STEPS = "|/-\\";
    private static final String ERASE = "\r\033[K";

    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;

    Waiting(String label, PrintStream out) {
        thread = Thread.ofPlatform().daemon().name("paca-waiting").start(() -> show(label, out));
    }

    private void show(String label, PrintStream out) {
        try {
            long patience = PATIENCE_MILLIS;
            for (int i = 0; !over.await(patience, TimeUnit.MILLISECONDS); i++) {
                patience = INTERVAL_MILLIS;
                out.print(ERASE + label + " " + STEPS.charAt(i % STEPS.length()));
                out.flush();
            }
            if (patience == INTERVAL_MILLIS) {
                out.print(ERASE);
                out.flush();
            }
        } catch (InterruptedException e) {
            // Nobody needs the line any more.
            Thread.currentThread().interrupt();
        }
    }

    /** Takes the line back. */
    @Override
    public void close() {
        over.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
