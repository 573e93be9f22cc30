package dev.paca.model.grammar;

import dev.paca.model.sampling.TokenConstraint;
import java.util.BitSet;

/** Follows one text through the automaton. */
final class JsonConstraint implements TokenConstraint {
    private final Automaton automaton;
    private final TokenIndex tokens;
    private final int reserve;
    private int state;
    private int left;

    /**
     * @param left tokens to come, or negative
     * @param reserve bytes by which the end may move away before it is looked after
     */
    JsonConstraint(Automaton automaton, TokenIndex tokens, int left, int reserve) {
        this.automaton = automaton;
        this.tokens = tokens;
        this.reserve = reserve;
        this.left = left < 0 ? Grammar.FAR : left;
        state = automaton.start();
    }

    @Override
    public void mask(float[] logits, int offset, int vocabulary) {
        BitSet allowed = allowed();
        for (int id = 0; id < vocabulary; ) {
            int next = allowed.nextSetBit(id);
            int end = next < 0 || next > vocabulary ? vocabulary : next;
            for (int i = id; i < end; i++) {
                logits[offset + i] = Float.NEGATIVE_INFINITY;
            }
            id = end == vocabulary ? vocabulary : allowed.nextClearBit(end);
        }
    }

    private BitSet allowed() {
        int distance = automaton.distance(state);
        // One token for each byte is the worst case, one more ends the text.
        boolean scarce = left <= distance + 1 + reserve && left >= distance + 1;
        if (scarce) {
            BitSet allowed = tokens.leading(automaton, state, left - 2);
            if (automaton.ends(state)) {
                allowed.or(tokens.ends());
            }
            if (!allowed.isEmpty()) {
                return allowed;
            }
        }
        BitSet known = automaton.mask(state);
        if (known.isEmpty()) {
            known = tokens.leading(automaton, state, Grammar.FAR);
            if (automaton.ends(state)) {
                known.or(tokens.ends());
            }
            automaton.mask(state, known);
        }
        return known;
    }

    @Override
    public void accept(int token) {
        left--;
        if (!tokens.ends().get(token)) {
            for (byte b : tokens.bytes(token)) {
                if (state != Automaton.DEAD) {
                    state = automaton.next(state, b & 0xff);
                }
            }
        }
    }
}
