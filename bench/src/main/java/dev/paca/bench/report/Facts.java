package dev.paca.bench.report;

import dev.paca.bench.result.ResultFile;
import dev.paca.kv.PacaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** All results of a report. */
record Facts(List<Fact> all) {
    private static final Set<String> KNOWN = Set.of("quality", "speed", "serve", "jmh", "device");

    /** @throws PacaException if a file is none of results, or of another version */
    static Facts read(List<Path> files, Consumer<String> notice) {
        List<Fact> all = new ArrayList<>();
        Set<String> unknown = new LinkedHashSet<>();
        for (Path file : files) {
            ResultFile.read(file, notice).forEach(result -> {
                Fact fact = new Fact(file, result);
                if (KNOWN.contains(fact.kind())) {
                    all.add(fact);
                } else {
                    unknown.add(fact.kind());
                }
            });
        }
        unknown.forEach(
                kind -> notice.accept("Results of kind " + kind + " are left out: this report does not show them."));
        return new Facts(List.copyOf(all));
    }

    /**
     * Of the answers only those of some policies, under whatever budget; all else stays.
     *
     * @throws PacaException if one of them has no answers here
     */
    Facts only(Collection<String> policies) {
        Set<String> here = new LinkedHashSet<>();
        of("quality").forEach(f -> here.add(QualitySection.family(f.text("label"))));
        for (String policy : policies) {
            if (!here.contains(policy)) {
                throw new PacaException("There are no answers under the policy '" + policy
                        + "' in these files, only of " + String.join(", ", here) + ".");
            }
        }
        return new Facts(all.stream()
                .filter(f -> !f.kind().equals("quality") || policies.contains(QualitySection.family(f.text("label"))))
                .toList());
    }

    List<Fact> of(String kind) {
        return all.stream().filter(f -> f.kind().equals(kind)).toList();
    }

    /** Of facts about the same, only the last: what was measured again counts. */
    static List<Fact> latest(List<Fact> facts, Function<Fact, Object> subject) {
        Map<Object, Fact> latest = new LinkedHashMap<>();
        facts.forEach(fact -> latest.put(subject.apply(fact), fact));
        return List.copyOf(latest.values());
    }

    static List<Source> sources(List<Fact> facts) {
        return facts.stream().map(Fact::source).distinct().toList();
    }
}
