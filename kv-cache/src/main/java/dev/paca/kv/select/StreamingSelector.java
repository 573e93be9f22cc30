package dev.paca.kv.select;

import dev.paca.kv.Selection;

/** The first tokens and the last ones, whatever the query: what StreamingLLM keeps (arXiv 2309.17453), as visibility. */
final class StreamingSelector implements Selector {
    private final Selection selection;

    StreamingSelector(Selection selection) {
        this.selection = selection;
    }

    @Override
    public void select(Request request, Picks picks, Scratch scratch) {
        int tokens = request.reads().tokens();
        int budget = selection.budget().of(tokens);
        if (budget >= tokens) {
            picks.everything();
            return;
        }
        picks.begin(true);
        for (int i = 0; i < selection.sinks(); i++) {
            picks.add(i);
        }
        // The token itself is read whatever the budget.
        for (int i = Math.min(tokens - 1, tokens - budget + selection.sinks()); i < tokens; i++) {
            picks.add(i);
        }
    }
}
