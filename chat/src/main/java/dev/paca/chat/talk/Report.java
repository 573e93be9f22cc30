package dev.paca.chat.talk;

import dev.paca.chat.terminal.Units;
import dev.paca.kv.CacheUsage;
import dev.paca.model.engine.FinishReason;
import dev.paca.model.engine.GenerationResult;
import java.util.Locale;

/** What an answer came to, in one line. */
final class Report {
    private Report() {}

    /** @param contextLength tokens that the context holds */
    static String line(GenerationResult result, int contextLength) {
        StringBuilder s = new StringBuilder();
        boolean whole = result.tokens().length > 0 || result.reason() != FinishReason.CANCELLED;
        // Who stops while the prompt is read wants to know how far it came.
        int run = (whole ? result.promptTokens() : result.usage().tokens()) - result.reusedTokens();
        s.append("prompt ").append(tokens(Math.max(0, run), whole ? result.prefillRate() : 0));
        if (result.reusedTokens() > 0) {
            s.append(", ").append(result.reusedTokens()).append(" reused");
        }
        s.append(" | answer ").append(tokens(result.tokens().length, result.decodeRate()));
        s.append(" | context ").append(result.usage().tokens()).append(" of ").append(contextLength);
        s.append(" | KV ").append(Units.bytes(result.usage().bytes()));
        s.append(share(result.usage()));
        if (result.reason() == FinishReason.LENGTH) {
            s.append(" | stopped at the most tokens");
        } else if (result.reason() == FinishReason.CANCELLED) {
            s.append(" | stopped");
        }
        return s.toString();
    }

    /** How much of what a dense cache would have read was read, where it is less. */
    private static String share(CacheUsage usage) {
        return usage.denseReadBytes() == 0 || usage.readBytes() >= usage.denseReadBytes()
                ? ""
                : String.format(Locale.ROOT, ", %.0f %% read", 100.0 * usage.readBytes() / usage.denseReadBytes());
    }

    private static String tokens(int count, double rate) {
        String s = count + (count == 1 ? " token" : " tokens");
        return rate > 0 ? s + String.format(Locale.ROOT, ", %.1f t/s", rate) : s;
    }
}
