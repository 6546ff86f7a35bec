# Process 1 of the node: makes a machine of these namespaces, and runs what it is given there. With it, everything ends.
# Arguments: the run's folder, the node's address, the command.
set -eu
folder=$1 address=$2
shift 2

mount --make-rprivate /
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /sys/fs/cgroup
for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
  mkdir /sys/fs/cgroup/$controller
  mount -t cgroup -o $controller cgroup /sys/fs/cgroup/$controller
done
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd

# Kubelet and network plugins write here whatever they are told; so it goes with the node.
mount -t tmpfs tmpfs /run
for hard_coded in /var/lib/kubelet /var/lib/cni /var/log/containers; do
  mkdir -p $hard_coded
  mount -t tmpfs tmpfs $hard_coded
done

# The kubelet sets these for the whole machine, unless it finds them set.
while read -r name value; do
  file=$folder/$(echo "$name" | tr / -)
  echo "$value" >"$file"
  mount --bind "$file" "/proc/sys/$name"
done <<'SETTINGS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS

hostname node1
ip link set lo up
ip link add cni0 type bridge
ip addr add "$address/24" dev cni0
ip link set cni0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
ip route add default dev cni0

# Not by exec: this shell has to stay, to wait for processes that lose their parents.
"$@"
