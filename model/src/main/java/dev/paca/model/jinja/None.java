package dev.paca.model.jinja;

/** The absence of a value that was given; JSON's null. */
enum None {
    NONE
}
