package dev.paca.bench.chart;

import java.util.Locale;

/** Numbers as people read them. */
public final class Units {
    private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final double KIB = 1024;

    private Units() {}

    /** Three digits and a unit: {@code 17.3 MiB}. */
    public static String bytes(double bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 1000 && unit < BYTES.length - 1) {
            value /= KIB;
            unit++;
        }
        return number(value) + " " + BYTES[unit];
    }

    /** Tokens: {@code 4k} where it is a multiple of 1024, else all digits. */
    public static String tokens(double tokens) {
        long whole = Math.round(tokens);
        return whole != 0 && whole % 1024 == 0 ? whole / 1024 + "k" : Long.toString(whole);
    }

    /** Three digits, no zeros behind the point: {@code 1040}, {@code 26.1}, {@code 0.5}. */
    public static String number(double value) {
        int digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
    }

    /** A share: {@code 6.3%}. */
    public static String percent(double share) {
        return number(share >= 0.01 ? Math.round(1000 * share) / 10.0 : 100 * share) + "%";
    }

    /** Seconds with a fitting unit: {@code 340 ms}. */
    public static String seconds(double seconds) {
        return seconds < 1 ? number(1000 * seconds) + " ms" : number(seconds) + " s";
    }
}
