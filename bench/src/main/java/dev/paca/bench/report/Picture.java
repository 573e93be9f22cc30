package dev.paca.bench.report;

import dev.paca.bench.chart.Chart;

/** A report's first chart as a picture of its own, for pages that cannot hold SVG in their text. */
final class Picture {
    private static final int WIDTH = 720;

    private Picture() {}

    /** Its colours follow the reader's, light or dark, as the page's do. */
    static String of(Report report) {
        Chart chart = report.sections().getFirst().charts().getFirst();
        String svg = chart.svg(WIDTH);
        int from = svg.indexOf(' ');
        int end = svg.indexOf('>');
        return svg.substring(0, from) + " xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui, sans-serif\""
                + svg.substring(from, end) + ">\n<style>\n" + Html.style()
                + "</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill: var(--card)\"/>\n"
                + svg.substring(end + 1) + "\n";
    }
}
