package dev.paca.bench.chart;

import java.util.Locale;

/** Writes SVG. Colours and type come from the page's style sheet, by class. */
final class Svg {
    /** Colours that a page has. */
    private static final int COLOURS = 8;

    private final StringBuilder out = new StringBuilder();

    Svg(int width, int height, String label) {
        out.append(format("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", width, height, escaped(label)));
    }

    void line(double x1, double y1, double x2, double y2, String style) {
        out.append(
                format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>", x1, y1, x2, y2, style));
    }

    void path(String points, String style) {
        out.append(format("<polyline points=\"%s\" class=\"%s\"/>", points, style));
    }

    private void dot(double x, double y, double radius, String style, String note) {
        out.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" class=\"%s\">", x, y, radius, style));
        out.append(format("<title>%s</title></circle>", escaped(note)));
    }

    /** A marker: a circle for the first of the page's colours, other shapes where these come again. */
    void marker(double x, double y, int colour, boolean hollow, String note) {
        String style = (hollow ? "dot hollow " : "dot ") + colour(colour);
        double r = 3.5;
        switch (colour / COLOURS % 3) {
            case 0 -> dot(x, y, r, style, note);
            case 1 -> shape(x, y, new double[] {-r, -r, r, -r, r, r, -r, r}, style, note);
            default -> shape(x, y, new double[] {0, -r - 1.5, r + 1.5, 0, 0, r + 1.5, -r - 1.5, 0}, style, note);
        }
    }

    /** The class of a colour. */
    static String colour(int colour) {
        return "c" + colour % COLOURS;
    }

    private void shape(double x, double y, double[] corners, String style, String note) {
        out.append("<polygon points=\"");
        for (int i = 0; i < corners.length; i += 2) {
            out.append(format("%.1f,%.1f ", x + corners[i], y + corners[i + 1]));
        }
        out.append(format("\" class=\"%s\"><title>%s</title></polygon>", style, escaped(note)));
    }

    void bar(double x, double y, double width, double height, String style, String note) {
        out.append(format(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" class=\"%s\">",
                x, y, Math.max(width, 1), height, style));
        out.append(format("<title>%s</title></rect>", escaped(note)));
    }

    /** @param anchor {@code start}, {@code middle} or {@code end} */
    void text(double x, double y, String anchor, String style, String text) {
        out.append(format(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
                x, y, anchor, style, escaped(text)));
    }

    @Override
    public String toString() {
        return out + "</svg>";
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
