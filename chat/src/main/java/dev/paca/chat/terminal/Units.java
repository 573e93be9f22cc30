package dev.paca.chat.terminal;

import java.util.Locale;

/** Numbers as people read them. */
public final class Units {
    private Units() {}

    /** Bytes in the unit that gives one to four digits before the point: {@code 28.5 MiB}. */
    public static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < 3) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %ciB", value, "KMGT".charAt(unit));
    }

    /** A count in thousands, millions or billions: {@code 27.8 M}. */
    public static String count(long count) {
        if (count < 1000) {
            return Long.toString(count);
        }
        double value = count;
        int unit = -1;
        while (value >= 1000 && unit < 2) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %c", value, "KMB".charAt(unit));
    }
}
