package dev.paca.bench.quality;

import dev.paca.kv.KvCache;
import java.util.List;

/**
 * What dense attention made of a script, for others to be compared with.
 *
 * @param script what was put to it
 * @param fed tokens after the prefix: those of the question and of the answer, or of the text
 * @param asked how many of them come before the first foretold one
 * @param logits row {@code i} foretells the token after {@code asked + i} of {@code fed}
 * @param answer what was answered
 * @param truth a cache that has run all of it
 */
record Reference(Script script, int[] fed, int asked, List<float[]> logits, int[] answer, KvCache truth) {
    /** Whether a text's own tokens are foretold. */
    boolean isText() {
        return script.question() == null;
    }
}
