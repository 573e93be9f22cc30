package dev.paca.model.tokenizer;

/**
 * The words of GPT-2:
 * <pre>{@code
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * }</pre>
 */
record Gpt2Rule() implements PreTokenizer.Rule {
    @Override
    public int end(String text, int from, int to) {
        int contraction = Contractions.exact(text, from, to);
        if (contraction > from) {
            return contraction;
        }
        int start = text.charAt(from) == ' ' ? from + 1 : from;
        int end = Scan.letters(text, start, to);
        end = end > start ? end : Scan.numbers(text, start, to, Integer.MAX_VALUE);
        end = end > start ? end : Scan.others(text, start, to);
        return end > start ? end : Scan.spaces(text, from, to, false);
    }
}
