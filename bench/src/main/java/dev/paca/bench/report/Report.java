package dev.paca.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * What results come to.
 *
 * @param title what it is called
 * @param highlights the few numbers that say most
 * @param sections its parts
 */
record Report(String title, List<Highlight> highlights, List<Section> sections) {
    private static final int MOST_HIGHLIGHTS = 4;

    static Report of(String title, Facts facts) {
        QualitySection quality = new QualitySection(facts);
        SpeedSections speed = new SpeedSections(facts);
        ServeSection serve = new ServeSection(facts);
        List<Section> sections = new ArrayList<>();
        quality.section().ifPresent(sections::add);
        speed.speed().ifPresent(sections::add);
        speed.memory().ifPresent(sections::add);
        serve.section().ifPresent(sections::add);
        new RooflineSection(facts).section().ifPresent(sections::add);
        new DeviceSection(facts).section().ifPresent(sections::add);
        List<Highlight> highlights = new ArrayList<>(quality.highlights());
        highlights.addAll(serve.highlights());
        highlights.addAll(speed.highlights());
        return new Report(
                title,
                List.copyOf(highlights.subList(0, Math.min(MOST_HIGHLIGHTS, highlights.size()))),
                List.copyOf(sections));
    }
}
