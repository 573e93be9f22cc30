package dev.paca.bench.quality;

import dev.paca.bench.task.Question;
import dev.paca.kv.CacheUsage;
import dev.paca.kv.host.AttentionProbe.Fidelity;
import dev.paca.model.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a policy made of a script.
 *
 * @param contestant the policy
 * @param script which script of the text
 * @param turn 1, or 2 for the question after the first answer
 * @param question what was asked; null where a text was foretold
 * @param answer what was said
 * @param comparison with dense attention; empty in the second turn
 * @param fidelity of the attention, where it was looked at
 * @param usage of the cache, at the end
 * @param secondsPerToken decoding, with all questions of the text side by side and no other policy; NaN if not measured
 * @param prefillSeconds reading the text for all policies, and storing it for this one
 */
record Outcome(
        Contestant contestant,
        int script,
        int turn,
        @Nullable Question question,
        String answer,
        Comparison comparison,
        @Nullable Fidelity fidelity,
        CacheUsage usage,
        double secondsPerToken,
        double prefillSeconds) {

    /** As members of a result, after those that tell what was asked of whom. */
    Map<String, Json> members() {
        Map<String, Json> members = new LinkedHashMap<>();
        if (question != null) {
            members.put("score", Json.of(question.score(answer)));
            members.put("answer", Json.of(answer));
            members.put("expected", Json.of(String.join(", ", question.answers())));
        }
        if (comparison.tokens() > 0) {
            members.put("divergence", Json.of(comparison.divergence()));
            members.put("alike", Json.of(comparison.alike()));
        }
        if (comparison.foretold() > 0) {
            members.put("surprise", Json.of(comparison.surprise()));
        }
        if (fidelity != null) {
            members.put("recall", Json.of(fidelity.recall()));
            members.put("mass", Json.of(fidelity.mass()));
            members.put("error", Json.of(fidelity.error()));
        }
        members.put("tokens", Json.of(usage.tokens()));
        members.put("heldBytes", Json.of(usage.bytes()));
        members.put("denseBytes", Json.of(usage.denseBytes()));
        members.put("readBytes", Json.of(usage.readBytes()));
        members.put("denseReadBytes", Json.of(usage.denseReadBytes()));
        if (Double.isFinite(secondsPerToken)) {
            members.put("secondsPerToken", Json.of(secondsPerToken));
        }
        members.put("prefillSeconds", Json.of(prefillSeconds));
        return members;
    }
}
