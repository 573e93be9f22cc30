package dev.paca.kv.page;

/**
 * The pages that a table lacks for more tokens. Where slots are {@linkplain Window open} until a window is full, a step that
 * fills one needs the encoded pages that it goes to, and the open ones of the window that comes after it.
 *
 * @param more tokens that are to be written, at least one
 */
record Needs(PageTable table, int more) {
    /** Encoded pages, copies of shared ones included. */
    int encodedPages() {
        return encoded() + shared(false);
    }

    /** Open pages, copies of shared ones included. */
    int openPages() {
        return open() + openAhead() + shared(true);
    }

    /** New encoded pages. */
    int encoded() {
        int wanted = pages(table.encoded(end()));
        int there = table.window().isNone() ? table.pageCount() : table.firstOpen() + table.encodedAhead();
        return Math.max(0, wanted - there);
    }

    /** New open pages of the window that is open now. */
    int open() {
        Window window = table.window();
        int last = Math.min(end(), table.encoded() + window.tokens());
        return window.isNone() ? 0 : Math.max(0, pages(last) - table.pageCount());
    }

    /** New open pages of the window that will be open. */
    int openAhead() {
        int start = table.encoded(end());
        boolean stays = table.window().isNone() || start == table.encoded();
        return stays ? 0 : Math.max(0, pages(end()) - pages(start) - table.openAhead());
    }

    /** The first page that writing changes: the partly filled one, or all once the anchor is known. */
    int firstChanged() {
        int needed = table.store().format().index().anchorTokens();
        boolean settlesAnchor = table.tokens() < needed && needed <= end();
        return settlesAnchor ? 0 : table.tokens() / table.store().format().tokens();
    }

    private int shared(boolean open) {
        int count = 0;
        for (int i = firstChanged(); i < pages(table.tokens()); i++) {
            int page = table.pages()[i];
            count += page < 0 == open && table.store().references(page) > 1 ? 1 : 0;
        }
        return count;
    }

    private int end() {
        return table.tokens() + more;
    }

    private int pages(int tokens) {
        return table.store().format().pages(tokens);
    }
}
