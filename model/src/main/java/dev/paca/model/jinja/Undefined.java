package dev.paca.model.jinja;

/**
 * What a name that nothing was given for stands for: prints as nothing, holds nothing, is false; anything else fails.
 *
 * @param what how an error names it
 */
record Undefined(String what) {
    TemplateException used() {
        return new TemplateException(what);
    }
}
