package dev.paca.chat.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private static final long MILLISECOND = 1_000_000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now;

    @Test
    void showsNothingOfWhatIsOverSoon() {
        try (ProgressBar bar = bar()) {
            now = 100 * MILLISECOND;
            bar.at(5, 10);
        }
        assertThat(bytes.toString()).isEmpty();
    }

    @Test
    void showsHowFarItHasComeAndTakesItBack() {
        try (ProgressBar bar = bar()) {
            now = 400 * MILLISECOND;
            bar.at(512, 1024);
        }
        assertThat(bytes.toString())
                .isEqualTo("\r\033[Kreading [" + "#".repeat(12) + " ".repeat(12) + "] 512/1024\r\033[K");
    }

    @Test
    void writesNoOftenerThanEyesSee() {
        try (ProgressBar bar = bar()) {
            for (int i = 0; i < 1000; i++) {
                now = (400 + i) * MILLISECOND;
                bar.at(i, 1000);
            }
        }
        long writes = bytes.toString().split("reading").length - 1;
        assertThat(writes).isBetween(10L, 13L);
    }

    private ProgressBar bar() {
        return new ProgressBar("reading", new PrintStream(bytes, true), () -> now);
    }
}
