/* SPDX-License-Identifier: MIT */
/*
 * program.h - which file the kernel will really execute for a command.
 */
#pragma once

/*
 * Find command as execvp(3) would and write the file's name to ret_path
 * (PATH_MAX bytes). Returns 0, -ENOENT when there is none, or -EACCES when
 * what there is cannot be executed.
 */
int hak_program_find(const char *command, char *ret_path);

/*
 * When path is a script, replace it by the program which interprets it; env(1)
 * is seen through. Returns 0 (path may be unchanged), -ENOEXEC when it is
 * neither a script nor ELF, -ENOENT or -EACCES when an interpreter cannot be
 * used, -ELOOP when there are too many, or -errno when it cannot be read.
 */
int hak_program_follow(char *path);
