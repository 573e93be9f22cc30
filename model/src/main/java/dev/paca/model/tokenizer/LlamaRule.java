package dev.paca.model.tokenizer;

/**
 * The words of Llama 3 and of Qwen 2, which differ in how many digits go together:
 * <pre>{@code
 * (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}
 * | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 * }</pre>
 *
 * @param digits 3 for Llama 3, 1 for Qwen 2
 */
record LlamaRule(int digits) implements PreTokenizer.Rule {
    @Override
    public int end(String text, int from, int to) {
        int contraction = Contractions.ignoringCase(text, from, to);
        if (contraction > from) {
            return contraction;
        }
        int point = text.codePointAt(from);
        int next = from + Character.charCount(point);
        if (Scan.isNumber(point)) {
            return Scan.numbers(text, from, to, digits);
        }
        int letters = Scan.letters(text, next, to);
        if (Scan.isLetter(point) || letters > next && !Scan.isBreak(point)) {
            return letters;
        }
        int start = point == ' ' ? next : from;
        int others = Scan.others(text, start, to);
        if (others > start) {
            return Scan.any("\r\n", text, others, to);
        }
        return Scan.spaces(text, from, to, true);
    }
}
