#include "tests/realtime/guard.h"

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

thread_local bool g_watching = false;
thread_local sideband::test::Calls g_calls;

void count_memory() {
  if (g_watching) ++g_calls.memory;
}

void count_lock() {
  if (g_watching) ++g_calls.locks;
}

// The C library's own function behind one that this program replaces.
template <typename Function>
Function* original(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

void count_system_call(int /*signal*/, siginfo_t* /*info*/, void* context) {
  ++g_calls.system;
#if defined(__x86_64__)
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
  static_cast<ucontext_t*>(context)->uc_mcontext.regs[0] = static_cast<unsigned long long>(-ENOSYS);
#endif
}

// From here on the thread can return from the handler and end, nothing else. It cannot be undone.
void forbid_system_calls() {
  struct sigaction action {};
  action.sa_sigaction = count_system_call;
  action.sa_flags = SA_SIGINFO;
  std::array<sock_filter, 5> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
  }};
  const sock_fprog program{filter.size(), filter.data()};
  if (sigaction(SIGSYS, &action, nullptr) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    std::perror("this system lets no program watch its own system calls");
    std::abort();
  }
}

}  // namespace

// glibc lets a program replace the allocator; __libc_* are the originals.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* pointer, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* pointer);

void* malloc(std::size_t bytes) {
  count_memory();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  count_memory();
  return __libc_calloc(count, bytes);
}
void* realloc(void* pointer, std::size_t bytes) {
  count_memory();
  return __libc_realloc(pointer, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count_memory();
  return __libc_memalign(alignment, bytes);
}
void free(void* pointer) {
  count_memory();
  __libc_free(pointer);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static auto* const real = original<int(pthread_mutex_t*)>("pthread_mutex_lock");
  count_lock();
  return real(mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  static auto* const real = original<int(pthread_mutex_t*)>("pthread_mutex_trylock");
  count_lock();
  return real(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  static auto* const real = original<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  count_lock();
  return real(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  static auto* const real = original<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  count_lock();
  return real(lock);
}
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real = original<int(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait");
  count_lock();
  return real(condition, mutex);
}
int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static auto* const real = original<int(pthread_cond_t*)>("pthread_cond_signal");
  count_lock();
  return real(condition);
}
int sem_wait(sem_t* semaphore) {
  static auto* const real = original<int(sem_t*)>("sem_wait");
  count_lock();
  return real(semaphore);
}
}

namespace sideband::test {

Calls calls_during(const std::function<void()>& work) {
  Calls calls;
  std::atomic<bool> over = false;
  std::thread([&] {
    std::free(std::malloc(64));  // the thread's share of the allocator is set up before
    forbid_system_calls();
    g_calls = {};
    g_watching = true;
    work();
    g_watching = false;
    calls = g_calls;
    over = true;
    syscall(SYS_exit, 0);  // what the C library does at a thread's end is forbidden by now
  }).detach();
  while (!over) usleep(1000);
  return calls;
}

}  // namespace sideband::test
