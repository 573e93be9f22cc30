package dev.paca.model.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Python's {@code strftime}, in English. */
final class Strftime {
    private Strftime() {}

    static String format(String format, ZonedDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            boolean bare = format.charAt(i + 1) == '-' && i + 2 < format.length();
            i += bare ? 2 : 1;
            String field = field(format.charAt(i), time);
            out.append(bare && field.length() > 1 ? field.replaceFirst("^[0 ]+(?=.)", "") : field);
        }
        return out.toString();
    }

    private static String field(char directive, ZonedDateTime time) {
        return switch (directive) {
            case 'a' -> pattern("EEE", time);
            case 'A' -> pattern("EEEE", time);
            case 'b', 'h' -> pattern("MMM", time);
            case 'B' -> pattern("MMMM", time);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
            case 'd' -> pattern("dd", time);
            case 'D', 'x' -> pattern("MM/dd/yy", time);
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'f' -> String.format("%06d", time.getNano() / 1000);
            case 'F' -> pattern("uuuu-MM-dd", time);
            case 'H' -> pattern("HH", time);
            case 'I' -> pattern("hh", time);
            case 'j' -> pattern("DDD", time);
            case 'm' -> pattern("MM", time);
            case 'M' -> pattern("mm", time);
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'R' -> pattern("HH:mm", time);
            case 's' -> Long.toString(time.toEpochSecond());
            case 'S' -> pattern("ss", time);
            case 't' -> "\t";
            case 'T', 'X' -> pattern("HH:mm:ss", time);
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' ->
                String.format(
                        "%02d", (time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'y' -> pattern("uu", time);
            case 'Y' -> Integer.toString(time.getYear());
            case 'z' -> "";
            case 'Z' -> "";
            case '%' -> "%";
            default -> "%" + directive;
        };
    }

    private static String pattern(String pattern, ZonedDateTime time) {
        return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time.truncatedTo(ChronoUnit.SECONDS));
    }
}
