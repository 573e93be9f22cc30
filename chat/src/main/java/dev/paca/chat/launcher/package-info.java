/**
 * What starts the program: written for Java 8, so that whatever {@code java} is on the path can run it and find a better
 * one. Nothing is null here but what says so.
 */
package dev.paca.chat.launcher;
