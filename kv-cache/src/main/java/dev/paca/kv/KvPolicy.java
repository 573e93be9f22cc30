package dev.paca.kv;

/**
 * How a sequence's keys and values are stored, read and kept: a value, compared by its contents.
 *
 * @param k how keys are stored
 * @param v how values are stored
 * @param pageTokens tokens of a page
 * @param selection what a token reads in decode
 * @param pruning when it has read enough
 * @param eviction which tokens are kept at all
 */
public record KvPolicy(Storage k, Storage v, int pageTokens, Selection selection, Pruning pruning, Eviction eviction) {
    /** F16, everything kept, everything read. */
    public static final KvPolicy DENSE = new KvPolicy(Storage.F16, Storage.F16, 16);

    public KvPolicy {
        if (pageTokens < 1 || pageTokens > 256) {
            throw new PacaException("A page holds 1 to 256 tokens, found " + pageTokens + ".");
        }
        checkPage(k, pageTokens);
        checkPage(v, pageTokens);
        boolean prunes = pruning.method() != Pruning.Method.NONE;
        if (prunes
                && (selection.method() == Selection.Method.ALL || selection.method() == Selection.Method.STREAMING)) {
            throw new PacaException("A threshold on the attention mass needs a selector that estimates it, found "
                    + selection.method().label() + ". Choose one such as quest, or leave the threshold out.");
        }
        if (pruning.method() == Pruning.Method.PROGRESSIVE && selection.method().choosesTokens()) {
            throw new PacaException("The progressive threshold takes page after page, and "
                    + selection.method().label() + " chooses tokens. Use top-p:" + pruning.mass()
                    + ", or a selector of pages such as quest.");
        }
        if (selection.keyRows() && k.waits()) {
            throw new PacaException("Keys that wait for their scales are stored once, found storage "
                    + PolicyText.name(k) + " with rows=1. Leave rows= out, or choose a storage such as f16 or"
                    + " fp8_e4m3_token.");
        }
        checkBudgets(selection, eviction);
    }

    /** A selection from fewer tokens than it may read would never choose. */
    private static void checkBudgets(Selection selection, Eviction eviction) {
        boolean bounded =
                eviction.method().evictsInDecode() && eviction.budget().share() == 0;
        long most = (long) eviction.budget().tokens() + eviction.every();
        boolean chooses =
                selection.method() != Selection.Method.ALL && selection.budget().share() == 0;
        if (bounded && chooses && selection.budget().tokens() >= most) {
            throw new PacaException("Selection " + selection.method().label() + " reads "
                    + selection.budget().tokens() + " tokens, but eviction "
                    + eviction.method().label() + " never holds more than " + most
                    + ". Lower the selection's budget=, raise the eviction's, or leave the selection out.");
        }
    }

    /** Where tokens wait for their scales, windows of them must be whole pages, and the anchor of an index whole windows. */
    private static void checkPage(Storage storage, int pageTokens) {
        if (storage.waits() && (pageTokens < 8 || Integer.bitCount(pageTokens) != 1)) {
            throw new PacaException("Storage " + PolicyText.name(storage) + " takes pages of 8, 16, 32, 64, 128 or 256"
                    + " tokens, found " + pageTokens + ". Choose one of these, or a storage that encodes each token at"
                    + " once, such as fp8_e4m3_token.");
        }
    }

    /** Everything kept, everything read. */
    public KvPolicy(Storage k, Storage v, int pageTokens) {
        this(k, v, pageTokens, Selection.ALL, Pruning.NONE, Eviction.NONE);
    }

    /** The same storage with another selection. */
    public KvPolicy with(Selection selection) {
        return new KvPolicy(k, v, pageTokens, selection, pruning, eviction);
    }

    /** The same selection with another pruning. */
    public KvPolicy with(Pruning pruning) {
        return new KvPolicy(k, v, pageTokens, selection, pruning, eviction);
    }

    /** The same storage and selection with another eviction. */
    public KvPolicy with(Eviction eviction) {
        return new KvPolicy(k, v, pageTokens, selection, pruning, eviction);
    }

    /** The same in another storage. */
    public KvPolicy with(Storage k, Storage v) {
        return new KvPolicy(k, v, pageTokens, selection, pruning, eviction);
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return "-ctk " + PolicyText.name(k) + " -ctv " + PolicyText.name(v) + " --kv-page " + pageTokens
                + (selection.method() == Selection.Method.ALL ? "" : " --kv-select " + selection)
                + (pruning.method() == Pruning.Method.NONE ? "" : " --kv-mass " + pruning)
                + (eviction.isOff() ? "" : " --kv-evict " + eviction);
    }
}
