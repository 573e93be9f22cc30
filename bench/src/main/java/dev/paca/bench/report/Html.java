package dev.paca.bench.report;

import dev.paca.bench.chart.Chart;
import dev.paca.bench.chart.Series;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** A report as one page that needs nothing else: no network, no scripts. */
final class Html {
    /** Units of a chart's width on a desk and on a telephone; the style sheet shows the one that fits. */
    private static final int WIDE = 560;

    private static final int NARROW = 340;
    private static final int FEW_SOURCES = 2;

    private final StringBuilder out = new StringBuilder();

    private Html() {}

    static String page(Report report) {
        Html html = new Html();
        html.head(report);
        html.highlights(report.highlights());
        report.sections().forEach(html::section);
        html.out.append("</main>\n</body>\n</html>\n");
        return html.out.toString();
    }

    private void head(Report report) {
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
                .append(escaped(report.title()))
                .append("</title>\n<style>\n")
                .append(style())
                .append("</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(escaped(report.title()))
                .append("</h1>\n<p class=\"where\">")
                .append(escaped(where(report)))
                .append("</p>\n<nav>");
        report.sections()
                .forEach(s -> out.append("<a href=\"#")
                        .append(s.id())
                        .append("\">")
                        .append(escaped(s.title()))
                        .append("</a>"));
        out.append("</nav>\n</header>\n<main>\n");
    }

    private static String where(Report report) {
        Set<String> places = new LinkedHashSet<>();
        report.sections().forEach(s -> s.sources().forEach(o -> places.add(o.machine() + ", commit " + o.commit())));
        return String.join(" · ", places);
    }

    /** The style sheet. */
    static String style() {
        try (InputStream in = Objects.requireNonNull(Html.class.getResourceAsStream("report.css"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("the style sheet is part of this jar", e);
        }
    }

    private void highlights(List<Highlight> highlights) {
        if (highlights.isEmpty()) {
            return;
        }
        out.append("<div class=\"highlights\">\n");
        for (Highlight each : highlights) {
            out.append("<div class=\"highlight\"><strong>")
                    .append(escaped(each.value()))
                    .append("</strong><span>")
                    .append(escaped(each.text()))
                    .append("</span></div>\n");
        }
        out.append("</div>\n");
    }

    private void section(Section section) {
        out.append("<section id=\"")
                .append(section.id())
                .append("\">\n<h2>")
                .append(escaped(section.title()))
                .append("</h2>\n<p>")
                .append(escaped(section.introduction()))
                .append("</p>\n<div class=\"charts\">\n");
        section.charts().forEach(this::chart);
        out.append("</div>\n");
        table(section.table());
        sources(section.sources());
        out.append("</section>\n");
    }

    private void chart(Chart chart) {
        out.append("<figure>\n<figcaption>")
                .append(escaped(chart.title()))
                .append("</figcaption>\n<div class=\"wide\">")
                .append(chart.svg(WIDE))
                .append("</div>\n<div class=\"narrow\">")
                .append(chart.svg(NARROW))
                .append("</div>\n");
        if (!chart.legend().isEmpty()) {
            out.append(chart.namesSeries() ? "<ul class=\"legend spare\">" : "<ul class=\"legend\">");
            for (Series each : chart.legend()) {
                out.append("<li>")
                        .append(Chart.key(each))
                        .append(escaped(each.name()))
                        .append("</li>");
            }
            out.append("</ul>\n");
        }
        out.append("</figure>\n");
    }

    private void table(Table table) {
        out.append("<div class=\"table\"><table>\n<thead><tr>");
        row(table, table.headings(), "th");
        out.append("</tr></thead>\n<tbody>\n");
        for (List<String> cells : table.rows()) {
            out.append("<tr>");
            row(table, cells, "td");
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div>\n");
    }

    private void row(Table table, List<String> cells, String element) {
        for (int i = 0; i < cells.size(); i++) {
            out.append('<').append(element);
            out.append(i >= table.words() ? " class=\"n\">" : ">");
            out.append(escaped(cells.get(i)));
            out.append("</").append(element).append('>');
        }
    }

    private void sources(List<Source> sources) {
        out.append(
                        sources.size() <= FEW_SOURCES
                                ? "<details open=\"open\" class=\"sources\">"
                                : "<details class=\"sources\">")
                .append("<summary>How this was measured</summary>\n<ol>\n");
        for (Source each : sources) {
            out.append("<li><code>")
                    .append(escaped(each.line()))
                    .append("</code><br/>")
                    .append(escaped(each.machine() + ", " + each.jvm() + ", commit " + each.commit()))
                    .append("</li>\n");
        }
        out.append("</ol></details>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
