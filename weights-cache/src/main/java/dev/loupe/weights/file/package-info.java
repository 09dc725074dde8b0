/** What files are and how they are mapped, for the other packages of this module. */
package dev.loupe.weights.file;
