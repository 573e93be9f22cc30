package dev.paca.chat.talk;

import org.jspecify.annotations.Nullable;

/** Where what is typed comes from. */
interface LineSource extends AutoCloseable {
    /** An interrupt came while nothing was going on. */
    final class InterruptedLine extends Exception {
        /** Whether something had been typed already. */
        private final boolean typed;

        InterruptedLine(boolean typed) {
            this.typed = typed;
        }

        boolean typed() {
            return typed;
        }
    }

    /** The next line, several if it begins with three quotes; null at the end of the input. */
    @Nullable
    String next() throws InterruptedLine;

    @Override
    void close();
}
